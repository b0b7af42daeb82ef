"""Load examples into a data set, several files at a time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musicai.cache.spectrograms import SpectrogramCache
from musicai.errors import DatasetError, TrackError
from musicai.front_end import FrontEnd
from musicai.training.dataset import Dataset
from musicai.training.loading.parallel import Report, in_parallel
from musicai.training.loading.rows import (
    Rows,
    audio_rows,
    check_drawn_by,
    picture_rows,
    spectrogram_rows,
)
from musicai.training.sources.example import NAMED, Example, counts, named
from musicai.training.sources.source import Source


@dataclass(frozen=True)
class LoadOptions:
    """How to load.

    Parameters
    ----------
    skip_unreadable: go on without the files that cannot be read; by default they are an error.
    max_duration_s: longest track in seconds that is believed.
    cache: spectrograms of sounds that were heard before: what was read once is not decoded again.
    report: is told of the progress.
    """

    skip_unreadable: bool = False
    max_duration_s: float = 60 * 3600
    cache: SpectrogramCache | None = None
    report: Report | None = None


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be learnt from, and why."""

    name: str
    file: str
    reason: str


@dataclass(frozen=True)
class Loaded:
    """What came of some examples.

    Parameters
    ----------
    data: their rows, in the order of `examples`; those of one track stand together.
    examples: those that could be read, with the audio hash that was found.
    unreadable: the others.
    """

    data: Dataset
    examples: tuple[Example, ...]
    unreadable: tuple[Unreadable, ...] = ()


def load(
    source: Source,
    examples: Sequence[Example],
    front_end: FrontEnd,
    genres: Sequence[str] | None = None,
    options: LoadOptions | None = None,
) -> Loaded:
    """Read examples of a source as a network with this front end sees them.

    Audio gives a row for each excerpt that the product would hear, pictures and spectrograms one each.
    What is shorter than an excerpt is repeated until it fills one, so that all rows have one shape.

    Parameters
    ----------
    genres: in the order of the network's outputs; by default those of the examples, sorted.

    Raises
    ------
    DatasetError: files cannot be read (all of them are named), a genre is unknown, nothing is left, or
        the pictures are another front end's.
    ModelError: the front end cannot be computed from grey spectrograms.
    """
    options = options or LoadOptions()
    read = _read(source, examples, front_end, genres, options)
    _refuse(read.unreadable, options)
    return read.loaded(source, front_end)


def load_sides(
    source: Source,
    sides: Mapping[str, Sequence[Example]],
    front_end: FrontEnd,
    genres: Sequence[str] | None = None,
    options: LoadOptions | None = None,
) -> dict[str, Loaded]:
    """Read the sides of a split, as `load` does each; one that is empty is left out.

    Raises
    ------
    DatasetError, ModelError: as `load`; what cannot be read is named for all sides at once.
    """
    options = options or LoadOptions()
    each = {
        side: _read(source, examples, front_end, genres, options)
        for side, examples in sides.items()
        if examples
    }
    _refuse([one for read in each.values() for one in read.unreadable], options)
    return {side: read.loaded(source, front_end) for side, read in each.items()}


@dataclass(frozen=True)
class _Read:
    """What came of reading some examples, one by one."""

    pairs: Sequence[tuple[Example, Rows]]
    unreadable: tuple[Unreadable, ...]
    genres: tuple[str, ...]

    def loaded(self, source: Source, front_end: FrontEnd) -> Loaded:
        if not self.pairs:
            told = f": {_told(self.unreadable)}" if self.unreadable else ""
            raise DatasetError(f"nothing of {source} can be loaded{told}")
        examples = tuple(replace(example, audio_hash=rows.audio_hash) for example, rows in self.pairs)
        return Loaded(_dataset(self.pairs, self.genres, front_end), examples, self.unreadable)


def _read(
    source: Source,
    examples: Sequence[Example],
    front_end: FrontEnd,
    genres: Sequence[str] | None,
    options: LoadOptions,
) -> _Read:
    known = tuple(genres) if genres is not None else tuple(counts(examples))
    _check_genres(examples, known)
    for origin in {id(origin): origin for origin in map(source.origin, examples)}.values():
        if origin.content == "pictures":
            check_drawn_by(origin.drawn_by, front_end)
    outcomes = _read_all(source, examples, front_end, options)
    return _Read(
        [(e, o) for e, o in zip(examples, outcomes, strict=True) if isinstance(o, Rows)],
        tuple(outcome for outcome in outcomes if isinstance(outcome, Unreadable)),
        known,
    )


def _check_genres(examples: Sequence[Example], known: Sequence[str]) -> None:
    if strangers := [genre for genre in counts(examples) if genre not in known]:
        raise DatasetError(f"the genres {named(strangers)} are none of the model's: {named(known)}")


def _read_all(
    source: Source, examples: Sequence[Example], front_end: FrontEnd, options: LoadOptions
) -> list[Rows | Unreadable]:
    def read(example: Example) -> Rows | Unreadable:
        try:
            return _rows(source.origin(example), example, front_end, options)
        except (TrackError, DatasetError) as err:
            return Unreadable(example.name, example.shown, str(err))

    return in_parallel(read, examples, options.report)


def _rows(origin: Source, example: Example, front_end: FrontEnd, options: LoadOptions) -> Rows:
    if origin.content == "audio":
        return audio_rows(example, front_end, options.max_duration_s, options.cache)
    if origin.content == "spectrograms":
        return spectrogram_rows(example, front_end)
    return picture_rows(example, front_end)


def _dataset(
    pairs: Sequence[tuple[Example, Rows]], genres: tuple[str, ...], front_end: FrontEnd
) -> Dataset:
    each = np.array([len(rows.rows) for _, rows in pairs])
    stacked: Any = np.stack([row for _, rows in pairs for row in rows.rows])
    labels = np.array([genres.index(example.genre) for example, _ in pairs], dtype=np.int64)
    contents = [front_end.digest, *(rows.content for _, rows in pairs)]
    return Dataset(
        ids=tuple(example.name for example, rows in pairs for _ in rows.rows),
        spectrograms=stacked,
        labels=labels.repeat(each),
        genres=genres,
        tracks=np.arange(len(pairs), dtype=np.int64).repeat(each),
        content=hashlib.sha256("\n".join(contents).encode()).hexdigest(),
    )


def _refuse(unreadable: Sequence[Unreadable], options: LoadOptions) -> None:
    if unreadable and not options.skip_unreadable:
        raise DatasetError(_told(unreadable))


def _told(unreadable: Sequence[Unreadable]) -> str:
    lines = [f"\n  {one.file}: {one.reason}" for one in unreadable[: 2 * NAMED]]
    more = len(unreadable) - len(lines)
    files = "1 file" if len(unreadable) == 1 else f"{len(unreadable)} files"
    return (
        f"{files} cannot be read: mend, remove or skip (--skip-unreadable)"
        + "".join(lines)
        + (f"\n  and {more} more" if more else "")
    )
