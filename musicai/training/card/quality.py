"""How good a model is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from musicai.models.side_car import SideCar
from musicai.training.card.facts import Facts
from musicai.training.card.writing import paragraphs, picture
from musicai.training.evaluation.artefacts import CONFUSION_FILE
from musicai.training.evaluation.figures import Evaluation
from musicai.training.evaluation.tables import confusion_table, genre_table, level_table, markdown_table

_MOST_COLUMNS = 12
_OTHERS = {
    "macro_f1": "macro-F1",
    "top_3_accuracy": "right genre among the first three",
    "log_loss": "log loss",
}


def section(side_car: SideCar, facts: Facts) -> str:
    """Return the section: from the evaluation, or else from what the side-car carries."""
    where = side_car.data.get("metrics_measured_on")
    head = _headline(side_car.metrics, facts.evaluation, str(where) if where else "held-out tracks")
    if facts.evaluation is None:
        return paragraphs(head, _seeds(facts.seeds), _short(side_car.metrics))
    return paragraphs(head, _seeds(facts.seeds), _long(facts.evaluation, facts))


def _headline(metrics: Mapping[str, Any], evaluation: Evaluation | None, where: str) -> str:
    if evaluation is not None:
        best = evaluation.tracks.accuracy
        value, low, high, count = best.value, best.low, best.high, evaluation.tracks.count
    elif "accuracy" in metrics:
        value, count = metrics["accuracy"], metrics.get("clips", 0)
        low, high = metrics.get("accuracy_interval_95", (float("nan"), float("nan")))
    else:
        return "It was never measured on held-out tracks: nobody knows."
    known = "" if np.isnan(low) else f" (95 % interval {low:.2f}–{high:.2f} over the {count} tracks)"
    genres = len(evaluation.genres if evaluation else metrics.get("per_genre", {}))
    guessing = f" Guessing gives {1 / genres:.2f}." if genres else ""
    return f"Accuracy on {where}: **{value:.3f}**{known}.{guessing}"


def _seeds(accuracies: Sequence[float]) -> str:
    if not accuracies:
        return ""
    listed = ", ".join(f"{value:.3f}" for value in accuracies)
    spread = f", standard deviation {np.std(accuracies, ddof=1):.3f}" if len(accuracies) > 1 else ""
    return f"{len(accuracies)} seeds gave {listed}: mean **{np.mean(accuracies):.3f}**{spread}."


def _long(evaluation: Evaluation, facts: Facts) -> str:
    tracks = evaluation.tracks
    counted = confusion_table(tracks) if len(evaluation.genres) <= _MOST_COLUMNS else ""
    drawn = picture(facts.folder, CONFUSION_FILE, "Confusion matrix")
    same = evaluation.excerpts.count == tracks.count
    levels = "" if same else "A track's scores are the mean of its excerpts'."
    return paragraphs(
        levels,
        level_table(evaluation.excerpts, tracks),
        genre_table(tracks),
        drawn or counted,
        f"In brackets: 95 % intervals, by the bootstrap over tracks ({evaluation.resamples} resamples).",
    )


def _short(metrics: Mapping[str, Any]) -> str:
    plain = [(text, metrics[name]) for name, text in _OTHERS.items() if name in metrics]
    genres = [
        (genre, f"{one['recall']:.2f}", f"{one['precision']:.2f}", one["clips"])
        for genre, one in metrics.get("per_genre", {}).items()
    ]
    return paragraphs(
        markdown_table(("figure", "value"), plain) if plain else "",
        markdown_table(("genre", "recall", "precision", "tracks"), genres) if genres else "",
    )
