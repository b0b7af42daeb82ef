"""A stretch of a track at the rate that a network wants."""

from dataclasses import dataclass

import numpy as np
import soxr

from musicai.audio.reader import Mono


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a track as the network hears it.

    Parameters
    ----------
    start_s, duration_s: its place in the track, in seconds.
    y: float32 mono samples of shape (n,) at the rate that was asked for, full scale 1.
    """

    start_s: float
    duration_s: float
    y: Mono


def resampled_excerpt(start: int, mono: Mono, rate: int, wanted: int) -> Excerpt:
    """Return samples that begin at sample frame `start`, brought from `rate` to the `wanted` one."""
    return Excerpt(start / rate, len(mono) / rate, _resampled(mono, rate, wanted))


def _resampled(mono: Mono, rate: int, wanted: int) -> Mono:
    """Return the same sound at another rate; float32 of shape (round(n * wanted / rate),)."""
    if rate == wanted:
        return mono
    count = round(len(mono) * wanted / rate)
    y = np.asarray(soxr.resample(mono, rate, wanted, quality="HQ"), np.float32)
    return y[:count] if len(y) >= count else np.pad(y, (0, count - len(y)))
