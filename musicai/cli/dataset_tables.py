"""Data sets as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from musicai.cli.output import (
    bar,
    console,
    counted,
    is_terminal,
    new_table,
    number,
    print_lines,
    printable,
)

_BAR_WIDTH = 20
_NAMED = 20
_SIDES = ("train", "valid", "test")
_REASONS = {
    "audio_hash": "the same sound",
    "sound": "nearly the same sound",
    "artist": "the same artist",
}


def print_check(found: Mapping[str, Any]) -> None:
    """Print the genres of a source and what is wrong with it."""
    rows = list(found["classes"].items())
    if is_terminal():
        most = max((count for _, count in rows), default=1)
        table = new_table("Genre", "Files", "", right=("Files",))
        for genre, count in rows:
            filled = Text(bar(count / max(most, 1), _BAR_WIDTH), style="cyan")
            table.add_row(Text(printable(genre)), number(count), filled)
        console().print(table)
    else:
        print_lines(rows)
    _say(
        f"{found['source']} has {counted(found['examples'], 'file')} in {counted(len(rows), 'genre')};"
        f" {number(found['artists'])} with an artist, {number(found['groups'])} in a group,"
        f" {number(found['ignored'])} others ignored"
    )
    _say(*(f"problem: {problem}" for problem in found["problems"]))


def print_set(done: Mapping[str, Any]) -> None:
    """Print what came of making pictures."""
    kept = f", {number(done['kept'])} were there already" if done["kept"] else ""
    _say(f"{done['folder']}: {counted(done['made'], 'picture')} made{kept}")
    _say(*(f"cannot be read: {one['file']}: {one['reason']}" for one in done["unreadable"]))


def print_statistics(figures: Mapping[str, Any]) -> None:
    """Print mean and deviation of each channel."""
    rows = [
        (name, f"{mean:.4f}", f"{std:.4f}")
        for name, mean, std in zip(("red", "green", "blue"), figures["mean"], figures["std"], strict=True)
    ]
    _table(("Channel", "Mean", "Deviation"), rows)
    width, height = figures["size"]
    _say(f"{counted(figures['pictures'], 'picture')} of {width} x {height} pixels, levels 0 to 1")


def print_splits(found: Any) -> None:
    """Print how many of each genre stand on each side."""
    for split in found if isinstance(found, list) else [found]:
        rows = [
            (printable(genre), *(number(sides[side]) for side in _SIDES))
            for genre, sides in split["genres"].items()
        ]
        _table(("Genre", *_SIDES), [*rows, ("all", *(number(split["sides"][side]) for side in _SIDES))])
        _say(
            f"{split['file']}: digest {split['digest'][:16]}, {counted(split['left_out'], 'file')} left out"
        )
        for side in _SIDES:
            lacking = [genre for genre, sides in split["genres"].items() if not sides[side]]
            if split["sides"][side] and lacking:
                _say(f"warning: no file of {', '.join(lacking)} on the side {side}")
        if split["artists_on_two_sides"]:
            torn = counted(split["artists_on_two_sides"], "artist")
            _say(f"{torn} on two sides: --group artist keeps them on one")


def print_leaks(found: Mapping[str, Any]) -> None:
    """Print what stands on two sides."""
    for leak in found["leaks"][:_NAMED]:
        names = "; ".join(f"{side}: {', '.join(some)}" for side, some in leak["names"].items())
        how = leak["artist"] or ("" if leak["likeness"] is None else f"{leak['likeness']:.2f}")
        _say(
            f"{_REASONS[leak['reason']]} ({how}) {names}" if how else f"{_REASONS[leak['reason']]} {names}"
        )
    if len(found["leaks"]) > _NAMED:
        _say(f"and {number(len(found['leaks']) - _NAMED)} more; --json names them all")
    rows = [
        (text, number(found["counts"][reason]), number(found["looked_at"][reason]))
        for reason, text in _REASONS.items()
    ]
    _table(("On two sides", "Found", "Files compared"), rows)
    touched = ", ".join(
        f"{number(found['touched'][side])} of {number(count)} on {side}"
        for side, count in found["examples"].items()
    )
    _say(f"touched: {touched}")


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not is_terminal():
        print_lines([titles, *rows])
        return
    table = new_table(*titles, right=titles[1:])
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _say(*lines: str) -> None:
    for line in lines:
        console().print(Text(printable(line)), soft_wrap=True)
