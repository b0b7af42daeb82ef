"""Temperature and the threshold of "unknown", fitted on held-out tracks and measured honestly."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ConfigError
from musicai.training.evaluation.threshold import precision_and_coverage
from musicai.training.excerpts import RowsOfTracks, rows_of_tracks
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


def fit_temperature(
    logits: NDArray[np.float32], labels: NDArray[np.int64], tracks: Sequence[Hashable] | None = None
) -> float:
    """Return the temperature with the least log loss (Guo et al., "On Calibration", 2017).

    Parameters
    ----------
    tracks: which track each row is of; None: each row is a track. The loss is that of tracks, whose
        confidence is what people see: means of several excerpts are less sure than each of them.
    """
    return _fit(rows_of_tracks(logits, labels, tracks))


def _fit(rows: RowsOfTracks) -> float:
    # whoever only reads the figures of a model need not wait for it
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    found = minimize_scalar(
        lambda log_t: log_loss(rows.of_tracks(softmax(rows.logits, float(np.exp(log_t)))), rows.labels),
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
    (rows, genres), and precision and coverage, over tracks, of thresholds that did not see them either.

    Raises
    ------
    ConfigError: fewer than two tracks.
    """
    rows = rows_of_tracks(logits, labels, tracks)
    count = len(rows.labels)
    if count < 2:
        raise ConfigError("calibration needs two held-out tracks at least, and some hundred to be any good")
    random = np.random.default_rng(seed)
    probabilities = np.zeros(logits.shape)
    kept, right = np.zeros(count), np.zeros(count)
    for _ in range(_REPEATS):
        for fold in np.array_split(random.permutation(count), min(_FOLDS, count)):
            rest, _ = rows.take(np.setdiff1d(np.arange(count), fold))
            temperature = _fit(rest)
            seen = rest.of_tracks(softmax(rest.logits, temperature))
            threshold = choose_threshold(seen, rest.labels, precision)
            held_out, places = rows.take(fold)
            scores = softmax(held_out.logits, temperature)
            probabilities[places] += scores / _REPEATS
            means = held_out.of_tracks(scores)
            sure = means.max(axis=1) >= threshold
            kept[fold] += sure
            right[fold] += sure & (means.argmax(axis=1) == held_out.labels)
    return probabilities, _measured(kept / _REPEATS, right / _REPEATS, seed)


def _measured(kept: NDArray[np.float64], right: NDArray[np.float64], seed: int) -> Measured:
    precision, coverage = precision_and_coverage(kept, right, np.arange(len(kept)), seed)
    return Measured(
        precision=precision.value,
        coverage=coverage.value,
        precision_interval=(precision.low, precision.high),
        coverage_interval=(coverage.low, coverage.high),
    )
