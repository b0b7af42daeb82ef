"""Temperature and the threshold of "unknown", fitted on held-out clips and measured honestly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from musicai.training.metrics import log_loss, softmax

PRECISION = 0.9
"""Wanted share of right answers among those that are not "unknown"."""
LEAST_COVERAGE = 0.35
"""A threshold that leaves fewer answers than this share helps nobody."""

_FOLDS = 5
_REPEATS = 20


@dataclass(frozen=True)
class Measured:
    """What a threshold gives on clips that it was not chosen on."""

    precision: float
    coverage: float


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss (Guo et al., "On Calibration", 2017)."""
    found = minimize_scalar(
        lambda log_t: log_loss(softmax(logits, float(np.exp(log_t))), labels),
        bounds=(np.log(0.1), np.log(10.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def choose_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the lowest confidence at which the answers from there on reach the wanted precision.

    Where that would leave less than the least coverage, the confidence that leaves just that.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    good = np.flatnonzero(precision >= PRECISION)
    least = max(1, int(np.ceil(LEAST_COVERAGE * len(right))))
    last = max(int(good[-1]) if len(good) else 0, least - 1)
    return float(confidence[order][last])


def cross_fit(
    logits: NDArray[np.float32], labels: NDArray[np.int64], seed: int = 0
) -> tuple[NDArray[np.float64], Measured]:
    """Fit on four fifths and apply to the fifth, in turn and for many divisions.

    Returns
    -------
    probabilities of every clip with a temperature that did not see it (of the last division),
    shape (clips, genres), and precision and coverage of thresholds that did not see the clips either
    (over all divisions).
    """
    random = np.random.default_rng(seed)
    kept = right = 0
    probabilities = np.zeros(logits.shape)
    for _ in range(_REPEATS):
        for fold in np.array_split(random.permutation(len(labels)), _FOLDS):
            rest = np.setdiff1d(np.arange(len(labels)), fold)
            temperature = fit_temperature(logits[rest], labels[rest])
            threshold = choose_threshold(softmax(logits[rest], temperature), labels[rest])
            probabilities[fold] = softmax(logits[fold], temperature)
            sure = probabilities[fold].max(axis=1) >= threshold
            kept += int(sure.sum())
            right += int(np.sum(sure & (probabilities[fold].argmax(axis=1) == labels[fold])))
    return probabilities, Measured(right / max(1, kept), kept / (_REPEATS * len(labels)))
