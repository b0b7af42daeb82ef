"""What was heard when: a strip of letters over the length of the track, one colour per genre."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from musicai.cli.output import bar, duration, printable, share

BAR_WIDTH = 12
MOST_LISTED = 12
"""Excerpts that are also listed one by one."""
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red", "bright_cyan", "bright_magenta")
_SILENCE = "·"


def print_timeline(screen: Console, excerpts: list[dict[str, Any]], duration_s: float | None) -> None:
    """Print the strip with its legend, and the excerpts when there are few."""
    heard = [_best(excerpt) for excerpt in excerpts]
    keys = _letters([genre for genre, _ in heard])
    end_s = max(duration_s or 0.0, *(e["start_s"] + e["duration_s"] for e in excerpts))
    width = max(min(screen.width - 16, 100), 10)
    screen.print(Text.assemble("0:00 ", _strip(excerpts, heard, keys, end_s, width), f" {duration(end_s)}"))
    screen.print(_legend(keys))
    if 1 < len(excerpts) <= MOST_LISTED:
        screen.print()
        screen.print(_list(excerpts, heard, keys))


def _best(excerpt: dict[str, Any]) -> tuple[str, float]:
    scores: dict[str, float] = excerpt["scores"]
    return max(scores.items(), key=lambda item: item[1], default=("", 0.0))


def _letters(genres: list[str]) -> dict[str, tuple[str, str]]:
    """Give each genre a letter of its name that no other has, and a colour."""
    keys: dict[str, tuple[str, str]] = {}
    for genre in dict.fromkeys(genres):
        taken = {letter for letter, _ in keys.values()}
        letters = (c for c in (genre + "0123456789").upper() if c.isalnum() and c not in taken)
        keys[genre] = (next(letters, "?"), _COLOURS[len(keys) % len(_COLOURS)])
    return keys


def _strip(
    excerpts: list[dict[str, Any]],
    heard: list[tuple[str, float]],
    keys: dict[str, tuple[str, str]],
    end_s: float,
    width: int,
) -> Text:
    cells = [(_SILENCE, "dim")] * width
    for excerpt, (genre, _) in zip(excerpts, heard, strict=True):
        first = min(int(excerpt["start_s"] / end_s * width), width - 1)
        last = round((excerpt["start_s"] + excerpt["duration_s"]) / end_s * width)
        for cell in range(first, max(min(last, width), first + 1)):
            letter, colour = keys[genre]
            cells[cell] = (letter, f"reverse {colour}")
    return Text.assemble(*cells)


def _legend(keys: dict[str, tuple[str, str]]) -> Text:
    legend = Text("     ")
    for genre, (letter, colour) in keys.items():
        legend.append(letter, style=f"reverse {colour}").append(f" {printable(genre)}   ")
    return legend.append(f"{_SILENCE} not heard", style="dim")


def _list(
    excerpts: list[dict[str, Any]], heard: list[tuple[str, float]], keys: dict[str, tuple[str, str]]
) -> Table:
    table = Table.grid(padding=(0, 2))
    for excerpt, (genre, score) in zip(excerpts, heard, strict=True):
        begin, end = excerpt["start_s"], excerpt["start_s"] + excerpt["duration_s"]
        colour = keys[genre][1]
        time = f"{duration(begin)}–{duration(end)}"
        table.add_row(time, printable(genre), Text(bar(score, BAR_WIDTH), style=colour), share(score))
    return table
