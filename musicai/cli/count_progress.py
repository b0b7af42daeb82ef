"""How far something countable is: a bar on standard error for people, now and then a line for logs."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_LINE_S = 10.0


@contextmanager
def count_progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be called with how much is done, and of how much."""
    if sys.stderr.isatty():
        with _bar(doing) as report:
            yield report
    else:
        yield _lines(doing)


@contextmanager
def _bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bars:
        task = bars.add_task(doing, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


def _lines(doing: str) -> Callable[[int, int], None]:
    shown_at = time.monotonic()

    def report(done: int, of: int) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at >= _LINE_S:
            shown_at = time.monotonic()
            click.echo(f"{doing}: {done:,} of {of:,}", err=True)

    return report
