"""Temperature and the threshold of "unknown", fitted on held-out rows and measured honestly."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from musicai.errors import ConfigError
from musicai.training.evaluation.threshold import precision_and_coverage
from musicai.training.metrics import log_loss, softmax

PRECISION = 0.9
"""Wanted share of right answers among those that are not "unknown"."""
LEAST_COVERAGE = 0.35
"""A threshold that leaves fewer answers than this share helps nobody."""

_FOLDS = 5
_REPEATS = 20


@dataclass(frozen=True)
class Measured:
    """What a threshold gives on rows that it was not chosen on, with 95 % intervals."""

    precision: float
    coverage: float
    precision_interval: tuple[float, float] = (0.0, 1.0)
    coverage_interval: tuple[float, float] = (0.0, 1.0)


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss (Guo et al., "On Calibration", 2017)."""
    found = minimize_scalar(
        lambda log_t: log_loss(softmax(logits, float(np.exp(log_t))), labels),
        bounds=(np.log(0.1), np.log(10.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def choose_threshold(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], precision: float = PRECISION
) -> float:
    """Return the lowest confidence at which the answers from there on reach the wanted precision.

    Where that would leave less than the least coverage, the confidence that leaves just that.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    reached = np.cumsum(right) / np.arange(1, len(right) + 1)
    good = np.flatnonzero(reached >= precision)
    least = max(1, int(np.ceil(LEAST_COVERAGE * len(right))))
    last = max(int(good[-1]) if len(good) else 0, least - 1)
    return float(confidence[order][last])


def cross_fit(
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    seed: int = 0,
    *,
    tracks: Sequence[Hashable] | None = None,
    precision: float = PRECISION,
) -> tuple[NDArray[np.float64], Measured]:
    """Fit on four fifths of the tracks and apply to the fifth, in turn and for twenty divisions.

    Parameters
    ----------
    logits: shape (rows, genres).
    labels: shape (rows,).
    tracks: shape (rows,), which track each row is of; None: each row is a track.
    precision: wanted of the threshold.

    Returns
    -------
    probabilities of every row by temperatures that did not see its track (mean of the divisions), shape
    (rows, genres), and precision and coverage of thresholds that did not see it either.

    Raises
    ------
    ConfigError: fewer than two tracks.
    """
    places = _places(labels, tracks)
    random = np.random.default_rng(seed)
    probabilities = np.zeros(logits.shape)
    kept, right = np.zeros(len(labels)), np.zeros(len(labels))
    for _ in range(_REPEATS):
        for fold in _folds(places, random):
            rest = np.setdiff1d(np.arange(len(labels)), fold)
            temperature = fit_temperature(logits[rest], labels[rest])
            threshold = choose_threshold(softmax(logits[rest], temperature), labels[rest], precision)
            held_out = softmax(logits[fold], temperature)
            sure = held_out.max(axis=1) >= threshold
            probabilities[fold] += held_out / _REPEATS
            kept[fold] += sure
            right[fold] += sure & (held_out.argmax(axis=1) == labels[fold])
    return probabilities, _measured(kept / _REPEATS, right / _REPEATS, places, seed)


def _places(labels: NDArray[np.int64], tracks: Sequence[Hashable] | None) -> NDArray[np.int64]:
    if tracks is None:
        places = np.arange(len(labels))
    else:
        places = np.unique(np.asarray(tracks), return_inverse=True)[1]
    if not len(places) or places.max() < 1:
        raise ConfigError("calibration needs two held-out tracks at least, and some hundred to be any good")
    return places


def _folds(places: NDArray[np.int64], random: np.random.Generator) -> list[NDArray[np.int64]]:
    tracks = int(places.max()) + 1
    shuffled = np.array_split(random.permutation(tracks), min(_FOLDS, tracks))
    return [np.flatnonzero(np.isin(places, some)) for some in shuffled]


def _measured(
    kept: NDArray[np.float64], right: NDArray[np.float64], places: NDArray[np.int64], seed: int
) -> Measured:
    precision, coverage = precision_and_coverage(kept, right, places, seed)
    return Measured(
        precision=precision.value,
        coverage=coverage.value,
        precision_interval=(precision.low, precision.high),
        coverage_interval=(coverage.low, coverage.high),
    )
