"""Figures of merit on held-out clips. Scores have shape (clips, genres), labels (clips,)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities, shape (clips, genres), rows sum to 1."""
    scaled = logits.astype(np.float64) / temperature
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return probabilities


def accuracy(scores: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the share of clips whose highest score is the right genre's, 0..1."""
    return float(np.mean(scores.argmax(axis=1) == labels))


def log_loss(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood, in nats."""
    return float(-np.mean(np.log(probabilities[np.arange(len(labels)), labels] + 1e-12)))


def bootstrap_interval(
    scores: NDArray[np.floating], labels: NDArray[np.int64], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy over resampled clips (percentile bootstrap)."""
    right = scores.argmax(axis=1) == labels
    drawn = np.random.default_rng(seed).integers(0, len(right), (_RESAMPLES, len(right)))
    low, high = np.percentile(right[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def per_genre(
    scores: NDArray[np.floating], labels: NDArray[np.int64], genres: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Return precision, recall and number of clips of each genre."""
    answers = scores.argmax(axis=1)
    figures = {}
    for index, genre in enumerate(genres):
        right = int(np.sum((answers == index) & (labels == index)))
        figures[genre] = {
            "precision": right / max(1, int(np.sum(answers == index))),
            "recall": right / max(1, int(np.sum(labels == index))),
            "clips": int(np.sum(labels == index)),
        }
    return figures


def reliability(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 5
) -> list[dict[str, float]]:
    """Return mean confidence and accuracy of clips grouped by confidence, equally many per group."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    return [
        {"confidence": float(confidence[g].mean()), "accuracy": float(right[g].mean()), "clips": len(g)}
        for g in groups
        if len(g)
    ]


def calibration_error(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the expected calibration error over the groups of `reliability`, 0..1."""
    groups = reliability(probabilities, labels)
    return sum(g["clips"] * abs(g["confidence"] - g["accuracy"]) for g in groups) / len(labels)


def summary(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], genres: tuple[str, ...]
) -> dict[str, Any]:
    """Return all figures as a JSON object, rounded to what they can bear."""
    low, high = bootstrap_interval(probabilities, labels)
    figures = per_genre(probabilities, labels, genres)
    return {
        "accuracy": round(accuracy(probabilities, labels), 4),
        "accuracy_interval_95": [round(low, 3), round(high, 3)],
        "clips": len(labels),
        "log_loss": round(log_loss(probabilities, labels), 3),
        "calibration_error": round(calibration_error(probabilities, labels), 3),
        "per_genre": {g: {k: round(v, 2) for k, v in f.items()} for g, f in figures.items()},
        "reliability": [{k: round(v, 3) for k, v in g.items()} for g in reliability(probabilities, labels)],
    }
