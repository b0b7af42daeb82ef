"""How commands print: JSON and plain lines for programs, tables and bars for people."""

import io
import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

T = TypeVar("T")
_EIGHTHS = " ▏▎▍▌▋▊▉"


def is_terminal() -> bool:
    """Whether a person is looking at the output."""
    return sys.stdout.isatty()


def emit_json(value: Any) -> None:
    """Print one JSON value, readable and in UTF-8 whatever the locale."""
    emit_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def emit_text(text: str) -> None:
    """Write text for programs: UTF-8, and no translation of line ends."""
    sys.stdout.buffer.write(text.encode())


def note(text: str) -> None:
    """Say something to the person without disturbing what a program reads."""
    click.echo(text, err=True)


def console() -> "Console":
    """Return rich's console on the output; NO_COLOR and the terminal's width are honoured by rich."""
    from rich.console import Console

    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that knows no bars gets question marks, not a crash
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, emoji=False)


def new_table(*columns: str, right: Sequence[str] = ()) -> "Table":
    """Return an empty table in the house style; the columns named in `right` hold numbers."""
    from rich import box
    from rich.table import Table

    made = Table(
        box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, collapse_padding=True
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def print_fitting(table_without: Callable[[Sequence[T]], "Table"], dispensable: Sequence[T]) -> None:
    """Print a table with all columns, or without as many as a narrow terminal has no room for.

    Parameters
    ----------
    table_without: columns -> the table without them.
    dispensable: columns that may be left out, the first one first.
    """
    screen = console()
    unbounded = screen.options.update(width=10_000)
    for count in range(len(dispensable) + 1):
        table = table_without(dispensable[:count])
        if screen.measure(table, options=unbounded).maximum <= screen.width:
            break
    screen.print(table)


def print_lines(rows: Iterable[Sequence[object]]) -> None:
    """Print rows as lines with tabs between, for `cut` and `awk`."""
    for row in rows:
        click.echo("\t".join("" if cell is None else printable(str(cell)) for cell in row))


def printable(text: str) -> str:
    """Return text that cannot move the cursor: control characters are written as escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") else _escape(c) for c in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def number(value: int) -> str:
    """Return 1234567 as '1,234,567'."""
    return f"{value:,}"


def counted(value: int, noun: str) -> str:
    """Return '1 track' or '1,234 tracks'."""
    return f"{number(value)} {noun}" + ("" if value == 1 else "s")


def share(value: float | None) -> str:
    """Return a share from 0 to 1 with two decimals."""
    return "" if value is None else f"{value:.2f}"


def percent(part: float, whole: float) -> str:
    """Return 'NN %'."""
    return f"{100 * part / whole:.0f} %" if whole else "0 %"


def duration(seconds: float | None) -> str:
    """Return seconds as '3:45' or '1:02:03'."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(value: float, width: int) -> str:
    """Return a bar for a share from 0 to 1, in eighths of a character, padded to `width`."""
    eighths = round(min(max(value, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(width)


def shorten(text: str, width: int) -> str:
    """Return the end of a text that is too wide: the end of a path says most."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return "…" + text
