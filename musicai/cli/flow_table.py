"""Which genres flow where, as people read it."""

from collections.abc import Sequence

import click
from rich.text import Text

from musicai.cli.output import (
    console,
    counted,
    is_terminal,
    new_table,
    note,
    number,
    percent,
    print_lines,
    printable,
    share,
)
from musicai.services.registry.flows import Change, WhatIf


def print_flows(found: WhatIf) -> None:
    """Print the sums, the matrix of genres, and the tracks that change most."""
    click.echo(
        f"{found.model} in the place of {found.active}: {number(found.changed)} of "
        f"{counted(found.tracks, 'track')} would get another genre ({percent(found.changed, found.tracks)})"
    )
    if found.tracks + len(found.failed) < found.of:
        click.echo(f"a random sample of {counted(found.of, 'track')}; --sample 0 asks for all")
    click.echo(
        f"unknown {share(found.unknown_before)} -> {share(found.unknown_after)}, mean confidence "
        f"{share(found.confidence_before)} -> {share(found.confidence_after)}"
    )
    click.echo()
    _print(*_matrix(found))
    if found.most_changed:
        click.echo()
        _print(["Library", "Path", "Now", "", "Then", ""], [_change(c) for c in found.most_changed])
    for path, reason in list(found.failed.items())[:5]:
        note(f"not heard: {printable(path)}: {printable(reason)}")
    if len(found.failed) > 5:
        note(f"not heard: {counted(len(found.failed) - 5, 'more track')}")


def _matrix(found: WhatIf) -> tuple[list[str], list[list[str]]]:
    """Return a row for each genre of now, a column for each genre of then; '.' where nothing flows."""
    before = sorted({flow.before for flow in found.flows})
    after = sorted({flow.after for flow in found.flows})
    counts = {(flow.before, flow.after): number(flow.tracks) for flow in found.flows}
    rows = [
        [
            printable(one),
            *(counts.get((one, other), ".") for other in after),
        ]
        for one in before
    ]
    return ["Now \\ then", *map(printable, after)], rows


def _change(change: Change) -> list[str]:
    return [
        printable(change.library),
        printable(change.path),
        change.before,
        share(change.confidence_before),
        change.after,
        share(change.confidence_after),
    ]


def _print(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not is_terminal():
        print_lines([titles, *rows])
        return
    table = new_table(*titles)
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)
