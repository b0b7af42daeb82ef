"""Answers of models that never were."""

import numpy as np

from musicai.training.evaluation.held_out import HeldOut
from musicai.training.metrics import softmax

GENRES = ("blues", "jazz", "polka", "rock")


def answers(rows: int, seed: int, skill: float = 2.0, genres: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (rows, genres) of a model that is right the more often the greater its skill."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, genres, rows)
    logits = random.standard_normal((rows, genres))
    logits[np.arange(rows), labels] += skill
    return softmax(logits.astype(np.float32)), labels


def held_out(rows: int, right: int, *, confidence: float = 0.7, first: int = 0) -> HeldOut:
    """Answers to `rows` tracks of blues and jazz; those from `first` on are right, `right` of them."""
    labels = np.arange(rows) % 2
    good = (np.arange(rows) - first) % rows < right
    answered = np.where(good, labels, 1 - labels)
    scores = np.full((rows, 2), 1 - confidence, dtype=np.float32)
    scores[np.arange(rows), answered] = confidence
    names = tuple(f"{'blues' if g == 0 else 'jazz'}.{k:05}" for k, g in enumerate(labels))
    return HeldOut(names, labels, scores, ("blues", "jazz"), "5" * 64)
