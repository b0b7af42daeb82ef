"""``musicai jobs``: look at jobs and steer them."""

from typing import TYPE_CHECKING

import click

from musicai.states import JobState, RunState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from musicai.config import Settings
    from musicai.services.jobs import JobView

_STATES = list(dict.fromkeys(state.value for state in [*JobState, *RunState]))
"""What a job may be listed as: one that trains stands as its run does."""
job_argument = click.argument("job_id", type=click.IntRange(min=1), metavar="ID")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
wait_option = click.option(
    "--wait/--no-wait", default=None, help="Stay until the job ends. Default: only without a broker."
)


@click.group()
def jobs() -> None:
    """List, watch, cancel, pause, resume and retry jobs."""


@jobs.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help="Only those that stand so; may be given again.",
)
@click.option("--schedule", metavar="NAME", help="Only those that this schedule asked for.")
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="At most so many; 20.")
@json_option
def list_(states: tuple[str, ...], schedule: str | None, limit: int, as_json: bool) -> None:
    """List the latest jobs, the latest first."""
    from musicai.cli.job_table import print_jobs
    from musicai.cli.output import emit_json
    from musicai.services.job_list import Choice, latest

    views = latest(_open()[0], limit, Choice(states, schedule))
    if as_json:
        emit_json([view.to_json() for view in views])
    else:
        print_jobs(views)


@jobs.command()
@job_argument
@json_option
def show(job_id: int, as_json: bool) -> None:
    """Show one job: its ledger, what failed and why, what its scan saw."""
    from musicai.cli.job_table import print_job
    from musicai.cli.output import emit_json
    from musicai.services import jobs as service

    view = service.read(_open()[0], job_id)
    if as_json:
        emit_json(view.to_json())
    else:
        print_job(view)


@jobs.command()
@job_argument
@json_option
def watch(job_id: int, as_json: bool) -> None:
    """Show the progress of a job until it ends; Ctrl-C leaves the job alone.

    Of a job that has ended already, print what became of it.
    """
    from musicai.cli.carry import finish, run_shown
    from musicai.services import jobs as service
    from musicai.services.watch import watch as follow

    engine, settings = _open()
    view = service.read(engine, job_id)
    if view.has_ended and view.run is None:
        _print_one(view, as_json)
        return
    run_shown(
        lambda display: follow(engine, settings, job_id, display),
        lambda view: finish(engine, settings, view, waited=True, as_json=as_json),
        as_json=as_json,
    )


@jobs.command()
@job_argument
@json_option
def cancel(job_id: int, as_json: bool) -> None:
    """Cancel a job: what nobody has begun is not done any more."""
    from musicai.services import jobs as service

    _print_one(service.cancel(_open()[0], job_id), as_json)


@jobs.command()
@job_argument
@json_option
def pause(job_id: int, as_json: bool) -> None:
    """Let nobody begin further tracks of a job."""
    from musicai.services import jobs as service

    _print_one(service.pause(_open()[0], job_id), as_json)


@jobs.command()
@job_argument
@wait_option
@json_option
def resume(job_id: int, wait: bool | None, as_json: bool) -> None:
    """Carry on with a job that was paused or broken off."""
    from musicai.cli.carry import carry
    from musicai.services import jobs as service

    engine, settings = _open()
    service.resume(engine, job_id)
    stays = settings.has_private_broker if wait is None else wait
    carry(engine, settings, job_id, wait=stays, as_json=as_json)


@jobs.command()
@job_argument
@wait_option
@json_option
def retry(job_id: int, wait: bool | None, as_json: bool) -> None:
    """Give the failed tracks of a job, or its failed training run, another try."""
    from musicai.cli.carry import carry
    from musicai.cli.output import counted, note
    from musicai.services import jobs as service

    engine, settings = _open()
    count = service.retry(engine, job_id)
    view = service.read(engine, job_id)
    if not count:
        note(f"job {job_id}: nothing failed")
        if view.state == "paused":
            note(f"job {job_id} is paused: `musicai jobs resume {job_id}` goes on with it")
        _print_one(view, as_json)
        return
    what = "the failed run" if view.run else counted(count, "failed track")
    note(f"job {job_id}: {what} again to do")
    stays = settings.has_private_broker if wait is None else wait
    carry(engine, settings, job_id, wait=stays, as_json=as_json)


def _open() -> "tuple[Engine, Settings]":
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue

    settings = Settings.from_env()
    return open_catalogue(settings), settings


def _print_one(view: "JobView", as_json: bool) -> None:
    from musicai.cli.job_table import print_job
    from musicai.cli.output import emit_json

    if as_json:
        emit_json(view.to_json())
    else:
        print_job(view)
