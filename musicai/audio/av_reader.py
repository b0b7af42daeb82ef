"""Decoding through PyAV (ffmpeg): everything compressed but FLAC, and the sound of films.

Positions count from the first sample that a player plays (encoder delay removed where the file states it).
After a seek the decoder is warmed up for a while, because lossy codecs carry state from packet to packet.
Exact to the sample in formats with sample clocks; Matroska, ASF and FLV count milliseconds.
"""

from collections.abc import Iterator

import av
import numpy as np

from musicai.audio import av_container, av_length
from musicai.audio.audio_file import AudioFile
from musicai.audio.av_mono import add_mono
from musicai.audio.reader import Facts, Mono
from musicai.errors import CorruptError, TruncatedError

# what is unusual in a file is said by our own errors; ffmpeg would write to the process's standard error
av.logging.set_level(None)

_WARM_UP_S = 0.3
_SLACK_S = 0.1
"""Seconds that may be missing at the very end: containers round, and encoders pad."""
_CLOCK_JITTER_S = 0.02
"""Containers that count milliseconds place frames a little off; nearer than this is no gap."""
_MOST_LOST = 0.05
"""Share of an excerpt that MPEG audio may lose to damaged frames, as players play on."""

_CUT = "the sound ends before the length that its header promises"


class AvReader:
    """A `Reader` over ffmpeg."""

    def __init__(self, file: AudioFile, forced: str | None = None) -> None:
        self._file = file
        self._container = av_container.opened(file, forced)
        try:
            self._stream = av_container.audio_stream(self._container)
            self._rate = int(self._stream.codec_context.sample_rate)
            self._ticks = float(self._stream.time_base) * self._rate  # sample frames per tick of the clock
            promised = av_length.promised_frames(file, self._container, self._stream)
            self._promised = promised or 0
            self.frames = promised or av_length.measured_frames(self._container, self._stream)
        except BaseException:
            self._container.close()
            raise
        self.facts = Facts(
            container=av_container.short_name(self._container),
            codec=av_container.codec_name(self._stream),
            sample_rate=self._rate,
            channels=int(self._stream.codec_context.channels),
            duration_s=self.frames / max(1, self._rate),
        )

    def check_end(self) -> None:
        """Raise TruncatedError when the file ends before the length that its header promises."""
        if self._promised and not av_length.is_complete(
            self._file, self._container, self._stream, self._promised
        ):
            raise TruncatedError(_CUT)

    def read(self, start: int, count: int, *, first_only: bool = False) -> Mono:
        """Return mono samples; see `Reader.read`."""
        mono = np.zeros(count, np.float32)
        self._seek(start)
        heard = end = 0
        expected: int | None = None
        for frame in self._frames():
            at = self._position(frame, expected) - start
            expected = start + at + frame.samples
            if expected <= start:
                continue
            heard += add_mono(frame, mono, at, first_only=first_only)
            end = expected - start
            if end >= count:
                break
        self._judge(start, count, heard, end)
        return mono

    def _seek(self, start: int) -> None:
        warm = max(0, start - int(_WARM_UP_S * self._rate))
        first = self._stream.start_time or 0
        try:
            self._container.seek(first + int(warm / self._ticks), stream=self._stream)
        except av.error.FFmpegError as err:
            raise CorruptError(f"no way to second {start // self._rate}: {err.strerror}") from err

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Yield decoded frames; packets that MPEG decoders refuse are passed over, as players do."""
        resilient = self._stream.codec_context.name in av_container.RESILIENT_CODECS
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.error.InvalidDataError as err:
                    if not resilient:
                        raise CorruptError(f"the decoder found damage: {err.strerror}") from err
        except av.error.FFmpegError as err:
            raise CorruptError(f"the decoder found damage: {err.strerror}") from err

    def _position(self, frame: av.AudioFrame, expected: int | None) -> int:
        """Return the frame's place in sample frames."""
        if frame.rate != self._rate:
            raise CorruptError(
                f"the sample rate changes from {self._rate} to {frame.rate} Hz in the middle"
            )
        if frame.pts is None:
            return expected or 0
        at = round((frame.pts - (self._stream.start_time or 0)) * self._ticks)
        if expected is not None and abs(at - expected) < _CLOCK_JITTER_S * self._rate:
            return expected
        return at

    def _judge(self, start: int, count: int, heard: int, end: int) -> None:
        slack = int(_SLACK_S * self._rate)
        if start + end < min(start + count, self.frames - slack):
            raise TruncatedError(_CUT)
        lost = count - heard - max(0, count - end)
        resilient = self._stream.codec_context.name in av_container.RESILIENT_CODECS
        if lost > (count * _MOST_LOST if resilient else slack):
            raise CorruptError(f"{lost / self._rate:.1f} s of sound are damaged beyond decoding")

    def close(self) -> None:
        """Free the decoder."""
        self._container.close()
