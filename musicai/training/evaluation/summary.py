"""The figures that a model's side-car carries."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Evaluation


def side_car_metrics(evaluation: Evaluation) -> dict[str, Any]:
    """Return the short form, at the level of tracks, rounded to what the figures can bear."""
    level = evaluation.tracks
    return {
        "accuracy": round(level.accuracy.value, 4),
        "accuracy_interval_95": [round(level.accuracy.low, 3), round(level.accuracy.high, 3)],
        "clips": level.count,
        "macro_f1": round(level.macro_f1.value, 4),
        "top_3_accuracy": round(level.top_3.value, 4),
        "log_loss": round(level.log_loss.value, 3),
        "calibration_error": round(level.reliability.error.value, 3),
        "per_genre": {
            genre: {
                "precision": round(figures.precision.value, 2),
                "recall": round(figures.recall.value, 2),
                "f1": round(figures.f1.value, 2),
                "clips": figures.support,
            }
            for genre, figures in level.per_genre.items()
        },
        "reliability": [
            {"confidence": round(b.confidence, 3), "accuracy": round(b.accuracy, 3), "clips": b.count}
            for b in level.reliability.bins
            if b.count
        ],
    }


def summary(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], genres: tuple[str, ...]
) -> dict[str, Any]:
    """Return the short form for tracks of one excerpt each."""
    return side_car_metrics(evaluate(probabilities, labels, range(len(labels)), genres))
