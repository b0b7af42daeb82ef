"""Doubtful answers for people: a table on a terminal, plain lines elsewhere, and what to type then."""

import shlex

from rich.text import Text

from musicai.cli.output import console, is_terminal, new_table, note, print_lines, printable, share, shorten
from musicai.cli.row_table import GENRE_WIDTH
from musicai.services.review import Doubtful

PATH_SHARE = 0.4
"""Of the terminal's width, for paths; the reasons fold in what is left."""


def write_review(found: list[Doubtful]) -> None:
    """Print answers, the most doubtful first, and the command that corrects the first one."""
    if is_terminal():
        _print_table(found)
    else:
        print_lines(_plain(doubtful) for doubtful in found)
    if example := next((d for d in found if d.row.file_base64 is None), None):
        path = shlex.quote(printable(f"{example.row.library}:{example.row.path}"))
        note(f"Say what is right: musicai correct {path} --genre GENRE")


def _print_table(found: list[Doubtful]) -> None:
    screen = console()
    table = new_table("Doubt", "Genre", "Why", "Path", right=("Doubt",))
    width = int(screen.width * PATH_SHARE)
    for doubtful in found:
        row = doubtful.row
        path = f"{row.library}:{row.path}" if len({d.row.library for d in found}) > 1 else row.path
        table.add_row(
            share(doubtful.doubt),
            Text(shorten(printable(row.genre or ""), GENRE_WIDTH)),
            Text("\n".join(printable(reason.text) for reason in doubtful.reasons)),
            Text(shorten(printable(path), width), no_wrap=True),
        )
    if found:
        screen.print(table)


def _plain(doubtful: Doubtful) -> tuple[object, ...]:
    row = doubtful.row
    reasons = "; ".join(reason.text for reason in doubtful.reasons)
    return (f"{doubtful.doubt:.3f}", row.genre, row.library, row.path, reasons)
