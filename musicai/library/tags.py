"""What a file says about itself. Whatever is wrong with its tags, the answer is only shorter."""

import contextlib
import io
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import mutagen
from mutagen.aiff import AIFF
from mutagen.apev2 import APETextValue, APEv2
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.id3 import ID3, ID3NoHeaderError
from mutagen.mp4 import MP4
from mutagen.wave import WAVE

from musicai.library.riff_info import read_info
from musicai.library.sniff import HEAD_BYTES, sniff

LONGEST = 1000
"""Characters that are kept of one field."""
MOST_BYTES = 32 << 20
"""More than this is read at once by no honest tag, pictures included."""
MOST_READS = 100_000
"""More calls than this are needed by no honest file, only by a loop that damage made endless."""

# one field in the words of ID3, Vorbis comments, MP4, APEv2 and ASF, and RIFF's own
_FIELDS = {
    "title": ("TIT2", "title", "\xa9nam", "Title", "INAM"),
    "artist": ("TPE1", "artist", "\xa9ART", "Artist", "Author", "IART"),
    "album": ("TALB", "album", "\xa9alb", "Album", "WM/AlbumTitle", "IPRD"),
    "genre": ("TCON", "genre", "\xa9gen", "Genre", "WM/Genre", "IGNR"),
}
# the reader of each format that `sniff` names; mutagen guesses the rest by content
_READERS = {"flac": FLAC, "mp4": MP4, "asf": ASF, "aiff": AIFF}
# formats that end in an APEv2 tag: their streams need no look, and mutagen reads some for ever
_APE_TAGGED = frozenset(("ape", "musepack", "optimfrog", "tak", "wavpack"))
# what mutagen's parsers let through on damaged files, found by mutating files of every format
_DAMAGED = (
    mutagen.MutagenError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
    RecursionError,
    struct.error,
)


@dataclass(frozen=True)
class Tags:
    """Text of the four fields that people search by; None where the file says nothing."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None


class _BoundedReader(io.BufferedReader):
    """A file that is read in bounded time and memory: sizes in a damaged header mean nothing."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on; MutagenError when a parser wants too much at once, or too often."""
        self._reads += 1
        if self._reads > MOST_READS:
            raise mutagen.MutagenError(f"tags that take more than {MOST_READS} reads")
        if size is not None and 0 <= size <= MOST_BYTES:
            return super().read(size)
        data = super().read(MOST_BYTES)
        if len(data) == MOST_BYTES:
            raise mutagen.MutagenError(f"a tag of more than {MOST_BYTES} bytes")
        return data


def read_tags(path: bytes | str) -> Tags:
    """Return the tags of a file; none when there are none, or they or the file cannot be read."""
    try:
        with _open(path) as file:
            return _read(file)
    except _DAMAGED:
        return Tags()


def read_tags_of(raw: io.RawIOBase) -> Tags:
    """Return the tags of an open file, as `read_tags` does.

    Raises
    ------
    TrackError: the storage does not give its bytes.
    """
    try:
        with _BoundedReader(raw) as file:
            return _read(file)
    except _DAMAGED:
        return Tags()


def _read(file: _BoundedReader) -> Tags:
    tags = _find(file)
    return Tags(**{field: _text(tags, keys) for field, keys in _FIELDS.items()})


def _open(path: bytes | str) -> _BoundedReader:
    # by descriptor: mutagen must judge the content and not the name, and a FIFO must not block
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = _BoundedReader(io.FileIO(descriptor))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(f"{os.fsdecode(path)!r} is no regular file")
    return file


def _find(file: _BoundedReader) -> Any:
    """Return something that maps the words of its format to values."""
    content = sniff(file.read(HEAD_BYTES))
    file.seek(0)
    if content in ("id3", "mpeg", "adts"):
        return _id3_or_ape(file)
    if content in _APE_TAGGED:
        return APEv2(file)  # type: ignore[no-untyped-call]
    if content in ("wav", "rf64"):
        return _wave(file)
    reader = _READERS.get(content or "", mutagen.File)
    parsed = reader(file)
    return {} if parsed is None or parsed.tags is None else parsed.tags


def _id3_or_ape(file: _BoundedReader) -> Any:
    """Return the tags around an MPEG stream without looking at the stream."""
    try:
        return ID3(file)  # type: ignore[no-untyped-call]
    except ID3NoHeaderError:
        file.seek(0)
        return APEv2(file)  # type: ignore[no-untyped-call]


def _wave(file: _BoundedReader) -> Any:
    """Return the ID3 chunk of a WAV file, else its INFO list."""
    parsed: Any = None
    with contextlib.suppress(mutagen.MutagenError):
        parsed = WAVE(file)  # type: ignore[no-untyped-call]
    if parsed is not None and parsed.tags:
        return parsed.tags
    file.seek(0)
    return read_info(file)


def _text(tags: Any, keys: Iterable[str]) -> str | None:
    """Return the first of some fields that is there, its values joined, fit for any database."""
    for key in keys:
        with contextlib.suppress(ValueError):  # a key that this format does not allow
            value = tags.get(key)
            if value is not None and (text := clean("; ".join(_values(value)))):
                return text
    return None


def _values(value: Any) -> list[str]:
    if hasattr(value, "genres"):  # ID3: numbers of the old list become names
        return [str(genre) for genre in value.genres]
    if hasattr(value, "text"):
        return [str(text) for text in value.text]
    if isinstance(value, list | APETextValue):
        return [str(one) for one in value]
    return [value] if isinstance(value, str) else []


def clean(text: str) -> str:
    """Return text without NUL and lone surrogates, which databases refuse, and of bounded length."""
    text = text[: 2 * LONGEST].replace("\0", " ")
    return text.encode(errors="ignore").decode().strip()[:LONGEST]
