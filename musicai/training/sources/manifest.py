"""A CSV file that lists examples: ``path,genre[,group][,artist][,split]``."""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from musicai.errors import DatasetError
from musicai.front_end import FrontEnd
from musicai.library.tags import read_tags
from musicai.training.sources.drawn_by import FILE, drawn_by
from musicai.training.sources.example import Example, checked
from musicai.training.sources.folders import grey_and_high, is_audio, is_picture
from musicai.training.sources.sides import SIDES
from musicai.training.sources.source import Content, Listing, Source

NEEDED = ("path", "genre")
"""Columns that must be there."""
COLUMNS = (*NEEDED, "group", "artist", "split")
"""Columns that are read; others are left alone."""

Row = dict[str, str]


class Manifest(Source):
    """Files that a CSV file names; relative paths start at its folder."""

    kind = "manifest"

    def __init__(self, file: Path, front_end: FrontEnd | None = None) -> None:
        """Read the file; DatasetError names the line that is wrong."""
        self.file, self.location = file, str(file)
        self._rows = tuple(_read(file))
        self.content: Content = self._content(front_end)
        if self.content == "pictures":
            self.drawn_by = drawn_by(file.parent, front_end)

    def listing(self) -> Listing:
        """Return what it lists; files that are not there are found when they are loaded."""
        return Listing(checked(self._example(line, row) for line, row in self._rows))

    def sides(self) -> dict[str, str]:
        """Return the side of every example by name, as the column ``split`` says; empty without it."""
        return {_name(row["path"]): row["split"] for _, row in self._rows if row["split"]}

    def shape(self) -> str:
        """Return what it should look like."""
        return "lines below the first are wanted, path,genre"

    def _example(self, line: int, row: Row) -> Example:
        file = self.file.parent / row["path"]
        if not file.is_file():
            raise DatasetError(f"{self.file}, line {line}: there is no file {file}")
        artist = row["artist"] or (read_tags(os.fsencode(file)).artist if self.content == "audio" else None)
        return Example(_name(row["path"]), row["genre"], file, row["group"] or None, artist)

    def _content(self, front_end: FrontEnd | None) -> Content:
        kinds = {_kind(self.file, line, row) for line, row in self._rows}
        if len(kinds) > 1:
            raise DatasetError(f"{self.file} lists audio and pictures; make two manifests of it")
        content: Content = kinds.pop() if kinds else "audio"
        is_drawn = front_end is not None or (self.file.parent / FILE).exists()
        if content == "pictures" and not is_drawn and self._are_spectrograms():
            return "spectrograms"
        return content

    def _are_spectrograms(self) -> bool:
        first = self.file.parent / self._rows[0][1]["path"]
        return first.is_file() and all(grey_and_high(first))


def _kind(file: Path, line: int, row: Row) -> Content:
    path = Path(row["path"])
    if is_audio(path):
        return "audio"
    if is_picture(path):
        return "pictures"
    raise DatasetError(f"{file}, line {line}: {row['path']!r} is neither audio nor a picture by its name")


def _name(path: str) -> str:
    return Path(path).with_suffix("").as_posix().lstrip("/")


def _read(file: Path) -> Iterator[tuple[int, Row]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            _check_columns(file, reader.fieldnames or ())
            first: dict[str, int] = {}
            for values in reader:
                row = {column: (values.get(column) or "").strip() for column in COLUMNS}
                _check_row(file, reader.line_num, row, first)
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError) as err:
        raise DatasetError(f"the manifest {file} cannot be read: {err}") from err
    except csv.Error as err:
        raise DatasetError(f"{file}, line {reader.line_num}: this is no CSV: {err}") from err


def _check_columns(file: Path, columns: Sequence[str]) -> None:
    if missing := [column for column in NEEDED if column not in columns]:
        raise DatasetError(
            f"{file}: the first line must name the columns {', '.join(NEEDED)};"
            f" {', '.join(missing)} is missing"
        )


def _check_row(file: Path, line: int, row: Row, first: dict[str, int]) -> None:
    if absent := [column for column in NEEDED if not row[column]]:
        raise DatasetError(f"{file}, line {line}: {' and '.join(absent)} must not be empty")
    if row["split"] not in ("", *SIDES):
        raise DatasetError(f"{file}, line {line}: split must be {', '.join(SIDES)} or empty")
    name = _name(row["path"])
    if name in first:
        raise DatasetError(f"{file}, line {line}: {row['path']!r} stands already in line {first[name]}")
    first[name] = line
