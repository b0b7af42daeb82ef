"""Carrying a job for a command, with its progress shown."""

import sys
from collections.abc import Callable

import click
from sqlalchemy import Engine

from musicai.cli.output import counted, emit_json, note
from musicai.cli.progress import JobProgress
from musicai.cli.summary import print_summary
from musicai.cli.training import how_training_goes_on, print_training
from musicai.config import Settings
from musicai.errors import exit_status_of
from musicai.services.jobs import JobView
from musicai.services.run import Display, Interrupted, JobRun
from musicai.states import RunState

INTERRUPTED = 130
"""The exit status of a process that Ctrl-C ended, as shells give it."""


def carry(engine: Engine, settings: Settings, job_id: int, *, wait: bool, as_json: bool) -> None:
    """Scan, wake or work, and print what became of the job."""
    run_shown(
        lambda display: JobRun(engine, settings, display, wait).carry(job_id),
        lambda view: finish(engine, settings, view, waited=wait, as_json=as_json),
        as_json=as_json,
    )


def run_shown(
    run: Callable[[Display], JobView], finished: Callable[[JobView], None], *, as_json: bool
) -> None:
    """Run under a progress display; Ctrl-C says how to go on and exits with 130."""
    try:
        with JobProgress(live=sys.stderr.isatty() and not as_json) as progress:
            view = run(progress)
    except Interrupted as interrupted:
        view = interrupted.view
        if as_json:
            emit_json(view.to_json())
        note(_how_to_go_on(view))
        raise click.exceptions.Exit(INTERRUPTED) from None
    finished(view)


def _how_to_go_on(view: JobView) -> str:
    if view.run is not None:
        return how_training_goes_on(view, view.run)
    if view.state == "paused":
        return f"job {view.id} is paused at {view.settled} of {view.total}: musicai jobs resume {view.id}"
    return f"job {view.id} goes on without this command: musicai jobs watch {view.id}"


def finish(engine: Engine, settings: Settings, view: JobView, *, waited: bool, as_json: bool) -> None:
    """Print the object of a job, or its summary and genres; end with the status of a run's error."""
    if as_json:
        emit_json(view.to_json())
    elif view.run is not None:
        print_training(view)
    elif waited or view.has_ended:
        print_summary(engine, settings, view)
    else:
        note(
            f"job {view.id}: {counted(view.pending, 'track')} for the workers: musicai jobs watch {view.id}"
        )
    if status := exit_status(view):
        raise click.exceptions.Exit(status)


def exit_status(view: JobView) -> int:
    """Return the status of the error that a job's run failed of; else 0."""
    if view.run is None or view.run.state != RunState.FAILED:
        return 0
    return exit_status_of(view.run.error_code)
