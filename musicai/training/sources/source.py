"""What every source of examples offers."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xxhash

from musicai.errors import DatasetError, TrackError
from musicai.library_file import LibraryFile
from musicai.storage.opening import look
from musicai.storage.url import is_url
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.example import Example, named

Content = Literal["audio", "pictures", "spectrograms"]
"""What the files hold: sound, pictures that a front end drew, or grey spectrograms like the shared ones."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Listing:
    """What a source holds.

    Parameters
    ----------
    examples: sorted by name.
    empty: classes without a file.
    ignored: files that are no example, such as covers and texts.
    """

    examples: tuple[Example, ...]
    empty: tuple[str, ...] = ()
    ignored: int = 0


class Source(ABC):
    """A set of labelled files.

    Attributes
    ----------
    kind: how it is named before the colon: audio, pictures, spectrograms, manifest or catalogue.
    location: where it is, as text behind the colon.
    content: what its files hold.
    drawn_by: what drew the pictures; None where the front end is free to choose.
    """

    kind: str
    location: str
    content: Content
    drawn_by: DrawnBy | None = None

    @abstractmethod
    def listing(self) -> Listing:
        """Return what there is, empty classes too. Nothing is decoded.

        Raises
        ------
        DatasetError: the place cannot be read, or two files have one name.
        """

    def examples(self) -> tuple[Example, ...]:
        """Return the examples, sorted by name.

        Raises
        ------
        DatasetError: there is no genre, or one is empty.
        """
        listing = self.listing()
        if listing.empty:
            genres = f"genre{'s' if len(listing.empty) > 1 else ''} {named(listing.empty)}"
            raise DatasetError(f"there is no file of the {genres} in {self}; fill or delete the folder")
        if not listing.examples:
            raise DatasetError(f"there is no genre in {str(self)!r}: {self.shape()}")
        return listing.examples

    def sides(self) -> dict[str, str]:
        """Return the side of every example that the source itself says, by name; empty when it says none.

        Raises
        ------
        DatasetError: only some of several sources say sides.
        """
        return {}

    def origin(self, example: Example) -> "Source":
        """Return the source that an example is read as: this one, unless it joins several."""
        return self

    @abstractmethod
    def shape(self) -> str:
        """Return, for messages, what such a source should look like."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.location}"


def digest(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of names, genres and contents: it changes when any of them does.

    A content is the audio hash where it is known, else a hash of the file's bytes.

    Raises
    ------
    DatasetError: a file cannot be read.
    """
    state = hashlib.sha256()
    for example in examples:
        line = f"{example.name}\t{example.genre}\t{example.audio_hash or content_hash(example.place)}\n"
        state.update(line.encode(errors="surrogateescape"))
    return state.hexdigest()


def content_hash(file: Path | LibraryFile) -> str:
    """Return a hash of a file's bytes: version, colon, 128 bits in hexadecimal.

    Of a URL, a hash of what its server says of the version that is there: no byte is fetched.
    """
    if is_url(os.fsencode(file)):
        return _version_hash(os.fsencode(file))
    state = xxhash.xxh3_128()
    try:
        with open(file.open(), "rb") if isinstance(file, LibraryFile) else file.open("rb") as stream:  # noqa: PTH123
            while block := stream.read(_BLOCK):
                state.update(block)
    except OSError as err:
        raise DatasetError(f"{os.fsdecode(file)} cannot be read: {err.strerror}") from err
    return f"b1:{state.hexdigest()}"


def _version_hash(url: bytes) -> str:
    try:
        found = look(url)
    except TrackError as err:
        raise DatasetError(f"{os.fsdecode(url)} cannot be read: {err}") from err
    said = f"{os.fsdecode(url)} {found.size} {found.mtime_ns} {found.tag}"
    return f"u1:{xxhash.xxh3_128_hexdigest(said.encode())}"
