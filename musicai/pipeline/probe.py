"""Load models and ask each of them: ``echo null | python -m musicai.pipeline.probe FOLDER...``."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from musicai.audio.network_input import as_input
from musicai.errors import ModelError
from musicai.models.inference import Classifier, load_classifier
from musicai.models.threads import use_threads
from musicai.pipeline.child import answer

_ROUNDS = 5


def probe(arguments: list[str], _: Any) -> list[float]:
    """Return the milliseconds that each model takes for one excerpt on one core.

    Raises
    ------
    ModelError: a model cannot be loaded, or gives no probabilities.
    """
    use_threads(1)
    return [_ask(load_classifier(Path(folder))) for folder in arguments]


def _ask(classifier: Classifier) -> float:
    front_end = classifier.side_car.front_end
    frames = max(1, int(front_end.excerpt_s * front_end.sample_rate) // front_end.hop_length)
    noise = np.random.default_rng(0).standard_normal((front_end.n_mels, frames)).astype(np.float32)
    seen = as_input(noise, front_end)
    seconds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        scores = classifier.scores(seen)
        seconds.append(time.perf_counter() - started)
    total = float(scores.sum())  # less than one: an imported model of many labels may find that little fits
    if not np.isfinite(scores).all() or scores.min() < 0 or not 0 < total < 1 + 1e-3:
        raise ModelError(f"model {classifier.side_car.name} answers {scores}: those are no probabilities")
    return round(1000 * min(seconds), 3)


if __name__ == "__main__":
    sys.exit(answer(probe))
