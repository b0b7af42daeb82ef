"""Ask a model for labelled files, a handful at a time: memory does not grow with the length of the list."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.front_end import FrontEnd
from musicai.models.inference import Classifier
from musicai.training.loading import Loaded, LoadOptions, Unreadable, load
from musicai.training.sources import Example, Source
from musicai.training.split.likeness import fingerprints

_HANDFUL = 64

Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""


@dataclass(frozen=True)
class Heard:
    """What is kept of files once they were heard.

    Parameters
    ----------
    examples: those that could be read, with their audio hash.
    names: of the track of each excerpt, shape (rows,).
    labels: of each excerpt, index into the model's genres, shape (rows,).
    scores: of each excerpt, shape (rows, genres); no columns where nobody was asked.
    prints: fingerprint of each excerpt, shape (rows, bands, steps).
    unreadable: the other files.
    """

    examples: tuple[Example, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    prints: NDArray[np.float32]
    unreadable: tuple[Unreadable, ...]


def hear(
    source: Source,
    examples: Sequence[Example],
    classifier: Classifier,
    options: LoadOptions,
    *,
    answers: bool = True,
) -> Heard:
    """Read files as a model hears them; return its answers and what tells sounds apart.

    Parameters
    ----------
    answers: whether to ask for scores.

    Raises
    ------
    DatasetError: files cannot be read, or have genres that the model does not know.
    ModelError: its front end cannot be computed from such files.
    """
    side_car = classifier.side_car
    parts = []
    for loaded in _handfuls(source, examples, side_car.front_end, side_car.genres, options):
        rows = loaded.data.spectrograms
        scores = [classifier.scores(row) for row in rows] if answers else np.empty((len(rows), 0))
        parts.append(
            Heard(
                loaded.examples,
                loaded.data.ids,
                loaded.data.labels,
                np.asarray(scores, dtype=np.float32),
                fingerprints(rows),
                loaded.unreadable,
            )
        )
    return _joined(parts)


def _handfuls(
    source: Source,
    examples: Sequence[Example],
    front_end: FrontEnd,
    genres: Sequence[str],
    options: LoadOptions,
) -> Iterator[Loaded]:
    total = len(examples)
    for first in range(0, total, _HANDFUL):
        handful = examples[first : first + _HANDFUL]
        yield load(source, handful, front_end, genres, _from(options, first, total))


def _from(options: LoadOptions, first: int, total: int) -> LoadOptions:
    if (report := options.report) is None:
        return options
    return replace(options, report=lambda done, _of: report(first + done, total))


def _joined(parts: Sequence[Heard]) -> Heard:
    def together(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Heard(
        tuple(example for part in parts for example in part.examples),
        tuple(name for part in parts for name in part.names),
        together("labels"),
        together("scores"),
        together("prints"),
        tuple(one for part in parts for one in part.unreadable),
    )
