"""The worker with a classifier that computes nothing, for ``benchmarks/scale.py``.

    celery --app benchmarks.no_network worker

All else is the product's: decoding, spectrograms, tags, claims, transactions and messages are real;
scores come out of a hash. With SCALE_STUB=listening no file is opened either, and what is left is what
the queue and the catalogue cost. Each process writes how long its claims and commits took, a line each,
to the folder that SCALE_LOG names.
"""

import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

import worker.classify
from musicai.catalogue.orders import TrackOrder
from musicai.library_file import LibraryFile
from musicai.models.inference import load_classifier
from musicai.models.side_car import SideCar
from musicai.models.store import find
from musicai.pipeline.answer import Answered
from musicai.pipeline.classify import ClassifyWork
from musicai.pipeline.listen import Listener
from worker import app

__all__ = ["app"]
T = TypeVar("T")


@dataclass(frozen=True)
class NoNetwork:
    """Has a model's side-car and none of its weights."""

    side_car: SideCar

    def scores(self, excerpt: NDArray[Any]) -> NDArray[np.float32]:
        """Return scores that the excerpt's bytes decide, most of the weight on one genre."""
        genres = len(self.side_car.genres)
        scores = np.full(genres, 0.3 / (genres - 1), dtype=np.float32)
        scores[zlib.crc32(np.ascontiguousarray(excerpt).data) % genres] = 0.7
        return scores


@cache
def _load(name: str, digest: str, store: Any) -> NoNetwork:
    return NoNetwork(load_classifier(find(name, store)).side_car)


@cache
def _log() -> TextIO:
    return (Path(os.environ["SCALE_LOG"]) / f"{os.getpid()}.csv").open("a", buffering=1)


def _timed(what: str, act: Callable[..., T]) -> Callable[..., T]:
    def timed(*arguments: Any) -> T:
        begin = time.perf_counter()
        result = act(*arguments)
        _log().write(f"{what},{time.time():.3f},{time.perf_counter() - begin:.6f}\n")
        return result

    return timed


def _unheard(listener: Listener, order: TrackOrder, path: LibraryFile) -> Answered:
    audio_hash = f"{order.track_id:040x}"
    scores = listener.classifier.scores(np.frombuffer(audio_hash.encode(), dtype=np.uint8))
    prediction = listener._predict(order, audio_hash, [({"start_s": 0.0, "duration_s": 1.0}, scores)])
    return Answered(order, {"audio_hash": audio_hash, "container": "WAV", "duration_s": 1.0}, prediction)


if os.environ.get("SCALE_STUB") == "listening":
    Listener._listen = _unheard  # type: ignore[method-assign]
worker.classify.load_model = _load  # type: ignore[assignment]
ClassifyWork._claim = _timed("claim", ClassifyWork._claim)  # type: ignore[method-assign]
ClassifyWork._commit = _timed("commit", ClassifyWork._commit)  # type: ignore[method-assign]
