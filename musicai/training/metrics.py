"""Definitions. Probabilities have shape (rows, genres), labels have shape (rows,)."""

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""Of the expected calibration error, as in Guo et al., "On Calibration of Modern Neural Networks", 2017."""

_LEAST = 1e-12


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities, shape (rows, genres), rows sum to 1."""
    scaled = logits.astype(np.float64) / temperature
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return probabilities


def accuracy(scores: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the share of rows whose highest score is the right genre's, 0..1."""
    return float(np.mean(scores.argmax(axis=1) == labels))


def losses(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the negative log-likelihood of each row in nats, shape (rows,)."""
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    negative: NDArray[np.float64] = -np.log(right + _LEAST)
    return negative


def log_loss(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood, in nats."""
    return float(losses(probabilities, labels).mean())


def among_highest(
    scores: NDArray[np.floating], labels: NDArray[np.int64], places: int
) -> NDArray[np.bool_]:
    """Return whether the right genre is among the `places` highest scores, shape (rows,).

    Of equal scores the genre that stands first is the higher one, as with `argmax`.
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    before = np.arange(scores.shape[1]) < labels[:, None]
    rank = (scores > own).sum(axis=1) + ((scores == own) & before).sum(axis=1)
    within: NDArray[np.bool_] = rank < places
    return within


def bin_of(confidence: NDArray[np.floating], bins: int = BINS) -> NDArray[np.int64]:
    """Return the bin of each confidence, 0..bins - 1: bin m is the interval (m / bins, (m + 1) / bins]."""
    found: NDArray[np.int64] = np.ceil(confidence * bins).astype(np.int64) - 1
    return np.clip(found, 0, bins - 1)


def calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], bins: int = BINS
) -> float:
    """Return the expected calibration error, 0..1 (Guo et al. 2017).

    The rows are put into bins of equal width by their confidence; the error is the mean over rows of the
    distance, within a row's bin, between mean confidence and share of right answers.
    """
    confidence = probabilities.max(axis=1)
    gap = confidence - (probabilities.argmax(axis=1) == labels)
    summed = np.bincount(bin_of(confidence, bins), weights=gap, minlength=bins)
    return float(np.abs(summed).sum() / len(labels))
