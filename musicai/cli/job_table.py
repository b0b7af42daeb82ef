"""Jobs as people read them."""

from collections.abc import Sequence

import click

from musicai.cli.output import console, duration, is_terminal, new_table, number, print_lines
from musicai.cli.summary import account
from musicai.cli.training import asked_by, print_run
from musicai.services.jobs import JobView

_NUMBERS = ("Job", "Tracks", "Done", "Skipped", "Failed", "Pending", "Time")
_TITLES = ("Job", "State", "Of", *_NUMBERS[1:], "Enqueued")


def print_jobs(views: Sequence[JobView]) -> None:
    """Print a line for each job."""
    rows = [_cells(view) for view in views]
    if not is_terminal():
        print_lines([_TITLES, *rows])
        return
    table = new_table(*_TITLES, right=_NUMBERS)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _cells(view: JobView) -> tuple[str, ...]:
    counts = (view.total, view.done, view.skipped, view.failed, view.pending)
    # a run is no track: its state says what became of it
    numbers = [""] * len(counts) if view.run else map(number, counts)
    return (
        str(view.id),
        f"{view.stands}, silent" if view.run and view.run.is_silent else view.stands,
        _subject(view),
        *numbers,
        duration(view.elapsed_s),
        f"{view.created_at.astimezone():%d %b %H:%M}",
    )


def _subject(view: JobView) -> str:
    subject = f"train {view.model}" if view.run else view.library or ""
    return f"{subject} ({view.schedule})" if view.schedule else subject


def print_job(view: JobView) -> None:
    """Print one job whole."""
    if view.run is not None:
        print_run(view, view.run)
        return
    click.echo(
        f"job {view.id}: {view.kind} library {view.library!r} with {view.model}, priority {view.priority}"
        f"{asked_by(view)}"
    )
    for line in account(view):
        click.echo(line)
    if view.fault:
        click.echo(f"fault: {view.fault}")
