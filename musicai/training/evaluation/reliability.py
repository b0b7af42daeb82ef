"""Reliability: whether answers of a confidence are right that often, and what chance alone would show."""

import numpy as np
from numpy.typing import NDArray

from musicai.training.evaluation.figures import Bin, Figure, Reliability
from musicai.training.metrics import BINS, bin_of, calibration_error

_HONEST_DRAWS = 1000
_CELLS = 1_000_000


def reliability(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    drawn: NDArray[np.float64],
    seed: int = 0,
) -> Reliability:
    """Return the reliability of answers.

    Parameters
    ----------
    probabilities: shape (rows, genres).
    labels: shape (rows,).
    drawn: calibration error of resamples of the list.
    seed: of the lists that honest confidences would have given.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    value = calibration_error(probabilities, labels)
    honest = honest_errors(confidence, seed)
    return Reliability(
        bins=_bins(confidence, right),
        error=unbiased(value, drawn),
        honest=float(honest.mean()),
        honest_95=float(np.percentile(honest, 95)),
    )


def unbiased(value: float, drawn: NDArray[np.float64]) -> Figure:
    """Return a calibration error with its interval.

    A bin's gap is never negative, so chance adds to it, and the bootstrap adds as much again; its
    percentiles are moved down by what its mean exceeds the value by.
    """
    low, high = np.percentile(drawn - (drawn.mean() - value), [2.5, 97.5])
    return Figure(value, float(max(0.0, min(low, value))), float(max(high, value)))


def honest_errors(confidence: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    """Return the calibration errors of made-up lists on which every confidence holds, shape (1000,)."""
    random = np.random.default_rng(seed)
    place = bin_of(confidence)
    occupied = (place == np.arange(BINS)[:, None]).astype(np.float64)  # (bins, rows)
    size = max(1, min(_HONEST_DRAWS, _CELLS // len(confidence)))
    errors = []
    for first in range(0, _HONEST_DRAWS, size):
        chance = random.random((min(size, _HONEST_DRAWS - first), len(confidence)))
        gaps = (confidence - (chance < confidence)) @ occupied.T
        errors.append(np.abs(gaps).sum(axis=1) / len(confidence))
    return np.concatenate(errors)


def _bins(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    place = bin_of(confidence)
    counts = np.bincount(place, minlength=BINS)
    sure = np.bincount(place, weights=confidence, minlength=BINS) / np.maximum(counts, 1)
    hits = np.bincount(place, weights=right, minlength=BINS) / np.maximum(counts, 1)
    return tuple(
        Bin(k / BINS, (k + 1) / BINS, float(sure[k]), float(hits[k]), int(counts[k])) for k in range(BINS)
    )
