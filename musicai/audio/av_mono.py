"""The mix of ffmpeg's frames to mono, whatever their sample format.

ffmpeg's own resampler would do, but a few sums over numpy views cost less than passing frames through it.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from musicai.audio.reader import Mono

_FULL_SCALE = {"u8": 1 << 7, "s16": 1 << 15, "s32": 1 << 31, "s64": 1 << 63, "flt": 1, "dbl": 1}
_DTYPES = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}


def add_mono(frame: av.AudioFrame, mono: Mono, at: int, *, first_only: bool = False) -> int:
    """Write the mean of a frame's channels into `mono`.

    Parameters
    ----------
    frame: decoded sound of any sample format.
    mono: float32 of shape (n,), full scale 1; written from index `at` on.
    at: index of the frame's first sample; may be negative, and the frame may reach beyond the end.
    first_only: take the first channel instead of the mean.

    Returns
    -------
    number of samples that fell into `mono`.
    """
    first, last = max(0, -at), min(frame.samples, len(mono) - at)
    if last <= first:
        return 0
    kind = frame.format.name.removesuffix("p")
    channels = 1 if first_only else frame.layout.nb_channels
    scale = np.float32(1 / (channels * _FULL_SCALE[kind]))
    part = mono[at + first : at + last]
    part[:] = 0
    for channel in islice(_channels(frame, kind), channels):
        part += channel[first:last]
    if kind == "u8":
        part -= 128 * channels
    part *= scale
    return last - first


def _channels(frame: av.AudioFrame, kind: str) -> Iterator[NDArray[Any]]:
    dtype, channels = _DTYPES[kind], frame.layout.nb_channels
    if frame.format.is_planar or channels == 1:
        for plane in frame.planes:
            yield np.frombuffer(memoryview(plane), dtype, count=frame.samples)
        return
    mixed = np.frombuffer(memoryview(frame.planes[0]), dtype, count=frame.samples * channels)
    for channel in range(channels):
        yield mixed[channel::channels]
