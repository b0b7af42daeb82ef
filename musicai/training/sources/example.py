"""One labelled file, and what must hold for a set of them."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from musicai.errors import DatasetError
from musicai.library_file import LibraryFile

NAMED = 10
"""So many names stand in a message; the rest is counted."""


@dataclass(frozen=True)
class Example:
    """A file whose genre is known.

    Parameters
    ----------
    name: unique within its source, with ``/`` between its parts, such as ``blues/blues.00042``.
    genre: what it is labelled with.
    file: where it lies; of a URL, what folder and name are told from.
    group: what must not be torn apart by a split: an album, a session.
    artist: from its tags.
    audio_hash: which sound it holds, where that is known without decoding.
    within: the file as one of a library, where not a person but the catalogue says where it lies.
    """

    name: str
    genre: str
    file: Path
    group: str | None = None
    artist: str | None = None
    audio_hash: str | None = None
    within: LibraryFile | None = None

    @property
    def shown(self) -> str:
        """Its path or URL, for people."""
        return os.fsdecode(self.place)

    @property
    def place(self) -> Path | LibraryFile:
        """What to open."""
        return self.within or self.file


def checked(examples: Iterable[Example]) -> tuple[Example, ...]:
    """Return the examples sorted by name.

    Raises
    ------
    DatasetError: two have one name, a name cannot stand in a line of text, or a genre is not UTF-8.
    """
    ordered = tuple(sorted(examples, key=lambda example: example.name))
    for one, other in pairwise(ordered):
        if one.name == other.name:
            raise DatasetError(
                f"{one.shown} and {other.shown} have one name, {one.name!r}; keep one of them"
            )
    for example in ordered:
        if any(char in example.name + example.genre for char in "\t\r\n\0"):
            raise DatasetError(f"rename {example.shown!r}: names must not hold tabs or line ends")
        if not _is_text(example.genre):
            raise DatasetError(f"the genre {example.genre!r} is not UTF-8: rename its folder")
    return ordered


def _is_text(name: str) -> bool:
    return name.encode(errors="replace").decode() == name


def counts(examples: Iterable[Example]) -> dict[str, int]:
    """Return how many examples each genre has, genres sorted by name."""
    return dict(sorted(Counter(example.genre for example in examples).items()))


def check_trainable(examples: Sequence[Example]) -> None:
    """Refuse what no network can learn from.

    Raises
    ------
    DatasetError: no genre, only one, or one with a single file.
    """
    per_genre = counts(examples)
    if not per_genre:
        raise DatasetError("there is no example; see `musicai dataset check`")
    if len(per_genre) == 1:
        (genre,) = per_genre
        raise DatasetError(f"there is only one genre, {genre!r}; a classifier needs at least two")
    if alone := [genre for genre, count in per_genre.items() if count == 1]:
        raise DatasetError(
            f"{_genres(alone)} only one file, which cannot be learnt from and tested on; add files or"
            " take the genre out"
        )


def _genres(genres: Sequence[str]) -> str:
    names = named(genres)
    return f"the genre {names} has" if len(genres) == 1 else f"the genres {names} have"


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(map(repr, names[:NAMED]))
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"
