"""What every decoder offers: facts about the sound, and any stretch of it as mono samples."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

LEAST_RATE = 1_000
MOST_RATE = 1_500_000
"""Hz; DSD at four times its first rate decodes to 1.4 MHz. Beyond lies only damage."""
MOST_CHANNELS = 256


@dataclass(frozen=True)
class Facts:
    """What the decoder says about a file.

    Parameters
    ----------
    container: short lower-case name of the file format, such as ``flac`` or ``mp4``.
    codec: short lower-case name of the coding, such as ``pcm_16`` or ``aac``.
    sample_rate: Hz.
    channels: number of channels before the mix to mono.
    duration_s: seconds, as exact as the format tells it.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float


class Reader(Protocol):
    """One open decoder over one file."""

    facts: Facts
    frames: int

    def check_end(self) -> None:
        """Raise TruncatedError when the file ends before the length that its header promises."""
        ...

    def read(self, start: int, count: int, *, first_only: bool = False) -> Mono:
        """Return mono samples.

        Parameters
        ----------
        start, count: sample frames within the track.
        first_only: take the first channel instead of the mean of all.

        Returns
        -------
        float32 array of shape (count,), mean of the channels, full scale is 1.

        Raises
        ------
        TruncatedError, CorruptError: the samples cannot be had.
        """
        ...

    def close(self) -> None:
        """Free the decoder; the file stays open."""
        ...
