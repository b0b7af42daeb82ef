"""The rows of a query as a table for people, printed in portions so that it may be endless."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from musicai.cli.output import bar, console, duration, number, printable, share, shorten
from musicai.services.query import TrackRow
from musicai.states import RowState

ROWS_AT_ONCE = 200
GENRE_WIDTH = 11
BAR_WIDTH = 10
CONFIDENCE_WIDTH = 5 + BAR_WIDTH
LENGTH_WIDTH = 7
MODEL_WIDTH = 14
GAP = 3
"""Blanks that rich puts between columns."""
NARROW, WIDE = 70, 110
"""Columns from which there is room for the length, and for what the tags say."""

_COLOURS = {
    RowState.CLASSIFIED: "default",
    RowState.UNKNOWN: "yellow",
    RowState.FAILED: "red",
    RowState.PENDING: "dim",
    RowState.MISSING: "dim strike",
}


def write_table(rows: Iterator[TrackRow]) -> None:
    """Print rows as a table as wide as the terminal."""
    screen = console()
    first = list(islice(rows, ROWS_AT_ONCE))
    layout = _Layout.of(first, screen.width)
    count = 0
    portion = first
    while portion:
        screen.print(_table(portion, layout, header=not count))
        count += len(portion)
        portion = list(islice(rows, ROWS_AT_ONCE))
    if count:
        screen.print(Text(f"{number(count)} {'row' if count == 1 else 'rows'}", style="dim"))


@dataclass(frozen=True)
class _Layout:
    """Which columns there are, and how wide: decided once, so that all portions line up."""

    path_width: int
    sound_width: int
    shows_length: bool
    shows_model: bool
    shows_library: bool
    shows_word: bool

    @classmethod
    def of(cls, rows: list[TrackRow], width: int) -> "_Layout":
        many_models = len({row.model for row in rows}) > 1
        others = [GENRE_WIDTH, CONFIDENCE_WIDTH]
        corrected = any(row.correction for row in rows)
        others += [GENRE_WIDTH] * corrected
        others += [LENGTH_WIDTH] * (width >= NARROW) + [MODEL_WIDTH] * many_models
        room = width - sum(others) - GAP * len(others)
        sound = (room - GAP) * 2 // 5 if width >= WIDE else 0
        path = room - sound - GAP * bool(sound)
        many_libraries = len({row.library for row in rows}) > 1
        return cls(max(path, 12), sound, width >= NARROW, many_models, many_libraries, corrected)


def _table(rows: list[TrackRow], layout: _Layout, *, header: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, show_header=header, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Genre", width=GENRE_WIDTH, no_wrap=True)
    table.add_column("Confidence", width=CONFIDENCE_WIDTH, no_wrap=True)
    if layout.shows_word:
        table.add_column("Said", width=GENRE_WIDTH, no_wrap=True)
    if layout.shows_length:
        table.add_column("Length", width=LENGTH_WIDTH, justify="right", no_wrap=True)
    if layout.sound_width:
        table.add_column("Artist – Title", width=layout.sound_width, no_wrap=True)
    table.add_column("Path", width=layout.path_width, no_wrap=True)
    if layout.shows_model:
        table.add_column("Model", width=MODEL_WIDTH, no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, layout))
    return table


def _cells(row: TrackRow, layout: _Layout) -> list[Text]:
    colour = _COLOURS[RowState(row.state)]
    path = f"{row.library}:{row.path}" if layout.shows_library else row.path
    cells = [Text(printable(row.genre or row.state), style=colour), _confidence(row)]
    if layout.shows_word:
        agrees = row.correction == row.genre
        cells.append(Text(printable(row.correction or ""), style="dim" if agrees else "magenta"))
    if layout.shows_length:
        cells.append(Text(duration(row.duration_s), style="dim"))
    if layout.sound_width:
        sound = printable(" – ".join(filter(None, (row.artist, row.title))))
        cells.append(Text(sound, overflow="ellipsis"))
    cells.append(Text(shorten(printable(path), layout.path_width), style=colour))
    if layout.shows_model:
        cells.append(Text(printable(row.model or ""), style="dim", overflow="ellipsis"))
    return cells


def _confidence(row: TrackRow) -> Text:
    if row.confidence is None:
        return Text(printable(row.error or ""), style="red", overflow="ellipsis")
    if row.state == RowState.UNKNOWN:
        return Text(
            f"{share(row.confidence)} {printable(row.guess or '')}?", style="yellow", overflow="ellipsis"
        )
    colour = "green" if row.confidence >= 0.8 else "cyan"
    return Text.assemble(share(row.confidence), " ", (bar(row.confidence, BAR_WIDTH), colour))
