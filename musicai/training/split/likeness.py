"""Which recordings sound nearly the same: a fingerprint that gain, codecs and offsets leave alone.

A fingerprint is the course of the levels in 16 bands: what is constant (an equaliser, a codec's edge) is
taken off, and each band is scaled to one spread. Two of them are laid over each other at every offset;
their likeness is the correlation of what overlaps. Offsets are looked at only for those pairs whose
spectra over time, which do not know offsets, are neighbours.

Measured on the shared GTZAN spectrograms, 710 tracks in 251 695 pairs: 48 pairs are alike. In each stands
a track that the fault-filtered split drops (Sturm, "The GTZAN dataset", 2013); one is no repeat, but a
distorted clip of reggae beside a classical one. Of the 204 480 pairs of tracks that the split keeps none
is alike, nor would be with 0.02 less asked for. On the shared audio (94 clips against each other) all are
found again, and nothing else: as 64 kbit/s MP3, band-limited to 5.5 kHz at half the level, half a frame
later, and 5, 10 and 14 s later; and 70 % when played one per cent faster, which it is not made for.
Pictures of 128 x 128 pixels, whose steps are coarser, give 49 pairs of the 50 that are known, and 2
others.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from musicai.training.split.leaks import Alike

BANDS = 16
MOST_FRAMES = 400
"""Finer steps than a tenth of a second are averaged: offsets would have to fit them."""

_TREND_SHARE = 0.073  # of an excerpt: what is slower than about two seconds is no course but a level
_LEAST_STD = 1e-3
_NEIGHBOURS = 32
_SPECTRUM_POINTS = 32
_LEAST_OVERLAP = 0.25
_FULL_FRAMES = 343  # of the spectrograms that the least correlation was measured on
_BLOCK = 256

Prints = NDArray[np.float32]


def fingerprints(rows: NDArray[Any]) -> Prints:
    """Return the courses of levels in bands.

    Parameters
    ----------
    rows: spectrograms, shape (rows, bands, frames), or pictures of them, shape (rows, 3, S, S).

    Returns
    -------
    float32, shape (rows, 16, at most 400), every band with mean square 1, or 0 where it is silent.
    """
    parts = [_fingerprints(rows[at : at + _BLOCK]) for at in range(0, len(rows), _BLOCK)]
    return np.concatenate(parts)


def _fingerprints(rows: NDArray[Any]) -> Prints:
    levels = rows.astype(np.float32)
    if levels.ndim == 4:
        levels = levels.mean(axis=1)  # colours from dark to light: their mean rises with the level
    courses = _smoothed(_averaged(levels))
    courses -= _trend(courses)
    std = courses.std(axis=2, keepdims=True)
    return np.where(std > _LEAST_STD, courses / np.maximum(std, _LEAST_STD), 0).astype(np.float32)


def _averaged(levels: Prints) -> Prints:
    """Return (rows, 16, frames) of (rows, bands, frames): means of neighbouring bands and frames."""
    edges = np.linspace(0, levels.shape[1], BANDS + 1).round().astype(int)
    starts, ends = edges[:-1], np.maximum(edges[1:], edges[:-1] + 1)
    bands = np.stack([levels[:, a:b].mean(axis=1) for a, b in zip(starts, ends, strict=True)], axis=1)
    step = -(-bands.shape[2] // MOST_FRAMES)
    frames = bands.shape[2] // step * step
    averaged: Prints = bands[..., :frames].reshape(*bands.shape[:2], -1, step).mean(axis=3)
    return averaged


def _smoothed(courses: Prints) -> Prints:
    """Return means of two frames: half a frame of offset must not matter."""
    later = np.concatenate([courses[..., 1:], courses[..., -1:]], axis=2)
    smoothed: Prints = (courses + later) / 2
    return smoothed


def _trend(courses: Prints) -> Prints:
    half = max(1, round(courses.shape[2] * _TREND_SHARE / 2))
    padded = np.pad(courses, ((0, 0), (0, 0), (half + 1, half)), mode="edge")
    sums = np.cumsum(padded, axis=2, dtype=np.float64)
    width = 2 * half + 1
    trend: Prints = ((sums[..., width:] - sums[..., :-width]) / width).astype(np.float32)
    return trend


def alike(prints: Prints, names: Sequence[str], sides: Sequence[str]) -> list[Alike]:
    """Return the pairs of names on different sides that sound nearly the same.

    Parameters
    ----------
    prints: of excerpts, from `fingerprints`.
    names, sides: of each excerpt; a name may have several.
    """
    best: dict[tuple[str, str], float] = {}
    spectra = _spectra(prints)
    for i, others in _neighbours(spectra, np.asarray(sides)):
        for j, likeness in zip(others, _likeness(prints[i], prints[others]), strict=True):
            if likeness > 0:
                one, other = sorted((names[i], names[j]))
                best[one, other] = max(best.get((one, other), 0.0), float(likeness))
    return [Alike(one, other, likeness) for (one, other), likeness in sorted(best.items())]


def _spectra(prints: Prints) -> Prints:
    """Return what of the courses does not know offsets: shape (rows, d), of length 1, or 0 for silence."""
    points = prints.shape[2] // 2 // _SPECTRUM_POINTS * _SPECTRUM_POINTS or prints.shape[2] // 2
    size = np.abs(fft.rfft(prints, axis=2))[..., 1 : points + 1]
    groups = min(_SPECTRUM_POINTS, points)
    spectra = np.sqrt(size.reshape(*size.shape[:2], groups, -1).mean(axis=3)).reshape(len(prints), -1)
    spectra -= spectra.mean(axis=0)
    norm = np.linalg.norm(spectra, axis=1, keepdims=True)
    sounded = np.abs(prints).max(axis=(1, 2)) > 0
    scaled: Prints = np.where(sounded[:, None], spectra / np.maximum(norm, 1e-9), 0).astype(np.float32)
    return scaled


def _neighbours(spectra: Prints, sides: NDArray[Any]) -> Any:
    """Yield for every row the nearest rows on other sides."""
    for at in range(0, len(spectra), _BLOCK):
        near = spectra[at : at + _BLOCK] @ spectra.T
        near[sides[at : at + _BLOCK, None] == sides[None, :]] = -2.0
        most = min(_NEIGHBOURS, near.shape[1] - 1)
        found = np.argpartition(-near, most, axis=1)[:, :most]
        for row, others in enumerate(found):
            wanted = others[near[row, others] > -2.0]
            if len(wanted):
                yield at + row, wanted


def _likeness(one: Prints, others: Prints) -> NDArray[np.float64]:
    """Return the correlation of one fingerprint with others at the best offset; 0 where it proves nothing.

    Parameters
    ----------
    one: shape (16, T).
    others: shape (n, 16, T).
    """
    frames = one.shape[1]
    lags = np.arange(1 - frames, frames)
    begin, end = np.maximum(0, lags), np.minimum(frames, frames + lags)
    size = fft.next_fast_len(2 * frames, real=True)
    spectrum = np.einsum("bf,nbf->nf", fft.rfft(one, size), np.conj(fft.rfft(others, size)))
    product = np.roll(fft.irfft(spectrum, size, axis=1), frames - 1, axis=1)[:, : 2 * frames - 1]
    power, powers = _power(one), _power(others)
    shared = (power[end] - power[begin]) * (powers[:, end - lags] - powers[:, begin - lags])
    correlation = product / np.sqrt(np.maximum(shared, 1e-6))
    overlap = (end - begin) / frames
    proves = (correlation >= needed(overlap, frames)) & (overlap >= _LEAST_OVERLAP)
    best: NDArray[np.float64] = np.where(proves, correlation, 0.0).max(axis=1)
    return np.minimum(best, 1.0)


def _power(prints: Prints) -> NDArray[np.float64]:
    """Return the power up to each frame, summed over the bands; one more than there are frames."""
    power = np.square(prints, dtype=np.float64).sum(axis=-2)
    return np.concatenate([np.zeros((*power.shape[:-1], 1)), np.cumsum(power, axis=-1)], axis=-1)


def needed(overlap: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Return the least correlation that proves a repeat.

    Chance is kinder where less overlaps and where there are fewer frames: more is asked for there.
    """
    coarse = 0.15 * min(max(0.0, (_FULL_FRAMES - frames) / (_FULL_FRAMES - 128)), 1.5)
    return 0.56 + coarse + 0.8 * np.maximum(0.0, 0.5 - overlap)
