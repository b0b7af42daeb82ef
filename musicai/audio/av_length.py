"""How long the sound in a container is, and whether all of it is there."""

from typing import Any

import av

from musicai.audio import mpeg
from musicai.audio.audio_file import AudioFile
from musicai.audio.av_container import demuxer

# These state their length, or end with it; elsewhere ffmpeg's figure is a guess from the first bit rate.
_STATES_LENGTH = frozenset(
    {
        "aiff",
        "ape",
        "asf",
        "avi",
        "caf",
        "dsf",
        "iff",
        "matroska",
        "mov",
        "mpc",
        "mpc8",
        "ogg",
        "tak",
        "tta",
        "voc",
        "w64",
        "wav",
        "wv",
        "xwma",
    }
)
_TAIL_S = 1.5
_MISSING_S = 0.25
"""Seconds that may be missing at the end: containers round, and encoders pad."""


def promised_frames(file: AudioFile, container: Any, stream: Any) -> int | None:
    """Return the length in sample frames that the file states; None when it states none."""
    name, rate = demuxer(container), int(stream.codec_context.sample_rate)
    stated = _stream_frames(container, stream, rate) if name in _STATES_LENGTH else None
    if name == "mp3" and (header := mpeg.xing_header(file)):
        guess = _stream_frames(container, stream, rate) or 0
        # ffmpeg's figure is exact, encoder delay removed, if it found the header
        near = abs(header.samples - guess) < 4 * header.samples_per_frame
        stated = guess if near else header.samples
    return stated


def is_complete(file: AudioFile, container: Any, stream: Any, promised: int) -> bool:
    """Tell whether the sound goes on until the end that the file states."""
    rate = int(stream.codec_context.sample_rate)
    if demuxer(container) == "mp3":
        header = mpeg.xing_header(file)
        if header and header.bytes_are_there(file.size):
            return True
        return measured_frames(container, stream) >= promised - _MISSING_S * rate
    return _measured_end(container, stream, promised) >= promised - _MISSING_S * rate


def measured_frames(container: Any, stream: Any) -> int:
    """Return the length in sample frames, by going through all packets without decoding them."""
    return _measured_end(container, stream, 0)


def _measured_end(container: Any, stream: Any, promised: int) -> int:
    """Return where the last packet of sound ends, looking only at the tail when a length is promised."""
    clock = float(stream.time_base) * stream.codec_context.sample_rate  # sample frames per tick
    first = stream.start_time or 0
    end = 0.0
    tail = max(0.0, promised - _TAIL_S * stream.codec_context.sample_rate)
    try:
        container.seek(first + int(tail / clock), stream=stream)
        for packet in container.demux(stream):
            if packet.pts is not None:
                end = max(end, _packet_end(packet, first, clock, promised))
    except av.error.FFmpegError:
        pass  # a demuxer that stumbles at the cut has told where the sound ends
    return round(end)


def _packet_end(packet: Any, first: int, clock: float, promised: int) -> float:
    if packet.duration or packet.is_corrupt:  # corrupt: cut in the middle
        return float(packet.pts - first + (0 if packet.is_corrupt else packet.duration)) * clock
    return promised  # formats with long packets of unstated length: the last one is there


def _stream_frames(container: Any, stream: Any, rate: int) -> int | None:
    if stream.duration:
        return round(float(stream.duration * stream.time_base) * rate)
    if container.duration and all(s.type == "audio" for s in container.streams):
        return round(float(container.duration) / av.time_base * rate)
    return None
