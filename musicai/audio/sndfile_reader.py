"""Decoding through libsndfile: uncompressed formats and FLAC, which it seeks and reads exactly and fastest.

MPEG audio and Ogg are left to PyAV: the mpg123 inside libsndfile writes to the process's standard error
and cannot be told not to, and ffmpeg decodes Vorbis in two thirds of the time.
"""

import os
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import soundfile

from musicai.audio.audio_file import AudioFile, FileView
from musicai.audio.reader import Facts, Mono
from musicai.audio.regular_file import RegularFile
from musicai.errors import CorruptError, NotAudioError, TruncatedError

# libsndfile also guesses at Matlab files, headerless samples and the like; those are no audio to us
CONTAINERS = MappingProxyType(
    {
        "AIFF": "aiff",
        "AU": "au",
        "AVR": "avr",
        "CAF": "caf",
        "FLAC": "flac",
        "IRCAM": "ircam",
        "NIST": "nist",
        "PAF": "paf",
        "PVF": "pvf",
        "RF64": "rf64",
        "SVX": "8svx",
        "VOC": "voc",
        "W64": "w64",
        "WAV": "wav",
        "WAVEX": "wav",
    }
)

_BLOCK_SAMPLES = 1 << 17
"""Samples (frames x channels) per read: fits the processor's cache, whatever the number of channels."""

_SMALL_BLOCK = 4096
"""Frames; an error is told after the block it is in, and must not be told of the end of the file."""
_CUT = "the sound ends before the length that its header promises"


class SndfileReader:
    """A `Reader` over libsndfile."""

    def __init__(self, file: AudioFile) -> None:
        self._file = file
        try:
            self._sound, _ = _opened(file)
        except soundfile.LibsndfileError as err:
            raise NotAudioError(f"no audio format is recognised: {_reason(err)}") from err
        if self._sound.format not in CONTAINERS:
            self._sound.close()
            raise NotAudioError(f"{self._sound.format} files are no audio here")
        self.frames = int(self._sound.frames)
        self.facts = Facts(
            container=CONTAINERS[self._sound.format],
            codec=_codec(self._sound),
            sample_rate=int(self._sound.samplerate),
            channels=int(self._sound.channels),
            duration_s=self.frames / max(1, self._sound.samplerate),
        )

    def check_end(self) -> None:
        """Raise TruncatedError when the last sample that the header promises is not there."""
        try:
            self._sound.seek(self.frames - 1)
            present = len(self._sound.read(1, dtype="float32", always_2d=True)) == 1
        except soundfile.LibsndfileError:
            present = False
        if not present:
            self._find_damage()
            raise TruncatedError(_CUT)

    def _find_damage(self) -> None:
        """Raise CorruptError when decoding from the start fails before the end of the file is reached."""
        try:
            fresh, position = _opened(self._file)  # a failed seek leaves its mark on the other one
            with fresh:
                while len(fresh.read(_SMALL_BLOCK, dtype="int16")):
                    pass
        except soundfile.LibsndfileError as err:
            if position() < self._file.size:
                raise _damaged(err) from err

    def read(self, start: int, count: int, *, first_only: bool = False) -> Mono:
        """Return mono samples; see `Reader.read`."""
        mono = np.empty(count, np.float32)
        try:
            self._sound.seek(start)
            self._fill(mono, first_only=first_only)
        except soundfile.LibsndfileError as err:
            raise _damaged(err) from err
        return mono

    def _fill(self, mono: Mono, *, first_only: bool) -> None:
        channels = self.facts.channels
        weights = np.full(channels, 0 if first_only else 1 / channels, np.float32)
        if first_only:
            weights[0] = 1
        # one channel is decoded to where it belongs, at once: the binding seeks after every read
        block = len(mono) if channels == 1 else max(1, _BLOCK_SAMPLES // channels)
        mixed = np.empty((min(block, len(mono)) if channels > 1 else 0, channels), np.float32)
        for at in range(0, len(mono), block):
            part = mono[at : at + block]
            sound = part[:, None] if channels == 1 else mixed[: len(part)]  # (frames, channels)
            if len(self._sound.read(dtype="float32", out=sound)) < len(part):
                raise TruncatedError(_CUT)
            if channels > 1:
                # numpy's mean over two channels costs twenty times this product
                np.dot(sound, weights, out=part)

    def close(self) -> None:
        """Free the decoder."""
        self._sound.close()


class _SilentView(FileView):
    """The bytes of a file that has no descriptor.

    An exception would end in the C code between it and us, as a line on standard error. The file remembers
    it, and says it again when it is asked whether it is unchanged.
    """

    def read(self, count: int) -> bytes:
        """Return the next bytes; none where there is a fault, as at the end of the file."""
        try:
            return super().read(count)
        except BaseException:  # noqa: BLE001
            return b""

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _opened(file: AudioFile) -> tuple[soundfile.SoundFile, Callable[[], int]]:
    """Return the decoder at the beginning of a file, and what tells how far it has read."""
    if isinstance(file, RegularFile):
        descriptor = file.fd
        os.lseek(descriptor, 0, os.SEEK_SET)
        # the descriptor stays ours, so that another decoder may try the same file
        return soundfile.SoundFile(descriptor, closefd=False), lambda: os.lseek(descriptor, 0, os.SEEK_CUR)
    view = _SilentView(file)
    return soundfile.SoundFile(view), view.tell


def _codec(sound: soundfile.SoundFile) -> str:
    return "flac" if sound.format == "FLAC" else str(sound.subtype).lower()


def _damaged(err: soundfile.LibsndfileError) -> CorruptError:
    return CorruptError(f"the decoder found damage: {_reason(err)}")


def _reason(err: soundfile.LibsndfileError) -> str:
    return str(err.error_string).strip().rstrip(".") or f"libsndfile error {err.code}"
