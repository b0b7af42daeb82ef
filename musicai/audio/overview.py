"""A spectrogram of a whole track at a bounded cost, for people to look at."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from musicai.audio.track import AudioTrack

RATE = 22_050
F_MIN, F_MAX = 30.0, 11_025.0
_N_FFT = 4096
_MOST_HEARD_S = 480.0
"""Seconds that are decoded at most; of longer tracks evenly spaced glimpses are drawn."""
_GLIMPSES = 40
_GLIMPSE_S = 4.0
_PASSAGE_S = 15.0
_LEAST_POWER = 1e-12
_SHOWN_DB = 75.0


@dataclass(frozen=True)
class Overview:
    """What is drawn of a track.

    Parameters
    ----------
    levels: float32 of shape (bands, columns), dB relative to the loudest, -75..0, lowest band first;
        column k stands for the k-th of `columns` equal parts of the track.
    is_complete: whether every part was heard, and not only glimpses.
    """

    levels: NDArray[np.float32]
    is_complete: bool


def overview(track: AudioTrack, columns: int, bands: int) -> Overview:
    """Listen to a track, or to glimpses of it if it is long, and return its spectrogram."""
    duration_s = track.facts.duration_s
    is_complete = duration_s <= _MOST_HEARD_S
    count = max(1, round(duration_s / _PASSAGE_S)) if is_complete else _GLIMPSES
    edges = np.linspace(0, columns, count + 1).round().astype(int)
    power = np.zeros((bands, columns), np.float32)
    spans = [_heard(k, count, duration_s) for k in range(count)]
    for k, passage in enumerate(track.stretches(spans, RATE)):
        power[:, edges[k] : edges[k + 1]] = _columns(passage.y, edges[k + 1] - edges[k], bands)
    decibel = 10 * np.log10(np.maximum(power, _LEAST_POWER))
    # the loudest per mille may be clicks, and would make all the music dark
    top = float(np.percentile(decibel, 99.9))
    return Overview(np.clip(decibel - top, -_SHOWN_DB, 0).astype(np.float32), is_complete)


def _heard(k: int, count: int, duration_s: float) -> tuple[float, float]:
    """Return start and duration of what stands for the k-th part: all of it, or its middle."""
    part_s = duration_s / count
    heard_s = part_s if duration_s <= _MOST_HEARD_S else min(part_s, _GLIMPSE_S)
    return (k + 0.5) * part_s - heard_s / 2, heard_s


def _columns(y: NDArray[np.float32], columns: int, bands: int) -> NDArray[np.float32]:
    """Return the power of a passage in mel bands, float32 of shape (bands, columns)."""
    if columns == 0:
        return np.zeros((bands, 0), np.float32)
    y = np.pad(y, (0, max(0, _N_FFT - len(y))))
    starts = np.linspace(0, len(y) - _N_FFT, 2 * columns).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(y, _N_FFT)[starts]
    bins = fft.rfft(frames * np.hanning(_N_FFT).astype(np.float32), axis=1)
    power = (bins.real**2 + bins.imag**2) @ _bands(bands).T  # (2 columns, bands)
    folded: NDArray[np.float32] = power.reshape(columns, 2, bands).max(axis=1).T
    return folded


@cache
def _bands(count: int) -> NDArray[np.float32]:
    """Return triangles evenly spaced in mel, float32 of shape (count, bins)."""
    corners = mel_to_hz(np.linspace(hz_to_mel(F_MIN), hz_to_mel(F_MAX), count + 2))
    hz = np.arange(_N_FFT // 2 + 1) * RATE / _N_FFT
    rising = (hz - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - hz) / (corners[2:] - corners[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    weights: NDArray[np.float32] = (triangles / triangles.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def hz_to_mel(hz: float) -> float:
    """Return O'Shaughnessy's mel (1987)."""
    return 2595.0 * float(np.log10(1.0 + hz / 700.0))


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the frequencies in Hz of mels."""
    hz: NDArray[np.float64] = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    return hz


def height(hz: float) -> float:
    """Return where a frequency lies in the picture: 0 at the lowest band's centre, 1 at the highest's."""
    low, high = hz_to_mel(F_MIN), hz_to_mel(F_MAX)
    return (hz_to_mel(hz) - low) / (high - low)
