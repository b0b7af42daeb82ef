"""MusicAI's own way in one process: what a worker does for a track, without queue and catalogue."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicai.audio.spectrogram import compute
from musicai.audio.track import open_track
from musicai.config import Settings
from musicai.models.inference import Classifier, load_classifier, track_scores
from musicai.models.store import find
from musicai.models.threads import use_threads


def load_model(name: str = "") -> Classifier:
    """Return the model of that name, or the default one."""
    use_threads(1)
    store = Settings.from_env().model_store
    return load_classifier(find(name, store))


def listen(classifier: Classifier, path: Path) -> NDArray[np.float32]:
    """Return the scores of a file, shape (genres,), from its default excerpts."""
    front_end = classifier.side_car.front_end
    with open_track(path, max_duration_s=Settings().max_duration_s) as track:
        excerpts = track.excerpts(front_end.sample_rate, front_end.excerpt_s)
        return track_scores([classifier.scores(compute(excerpt.y, front_end)) for excerpt in excerpts])
