"""``musicai schedule``: what is done again and again, and when."""

from typing import TYPE_CHECKING

import click

from musicai.cli.schedule_add import add

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from musicai.services.schedules.views import ScheduleView

name_argument = click.argument("name", metavar="NAME")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_HISTORY = 20


@click.group()
def schedule() -> None:
    """Train and read folders again on a timetable.

    Schedules stand in the catalogue: a scheduler that runs (`musicai up`, or `musicai scheduler` with a
    configured broker) sees within seconds what is added or changed here.
    """


schedule.add_command(add)


@schedule.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the schedules, the next one first."""
    from musicai.cli.output import emit_json, note
    from musicai.cli.schedule_table import print_schedules
    from musicai.services.schedules import views
    from musicai.services.schedules.pulse import say_if_nobody_fires

    engine = _open()
    found = views.read_all(engine)
    if as_json:
        emit_json([view.to_json() for view in found])
    else:
        print_schedules(found)
    if said := say_if_nobody_fires(engine):
        note(said)


@schedule.command()
@name_argument
@json_option
def show(name: str, as_json: bool) -> None:
    """Show one schedule: what it asks for, its next instants, what came of the last one."""
    from musicai.services.schedules import views

    _print_one(views.read(_open(), name, 1)[0], as_json)


@schedule.command()
@name_argument
@click.option(
    "--limit", type=click.IntRange(min=1), default=_HISTORY, metavar="N", help="At most so many; 20."
)
@json_option
def history(name: str, limit: int, as_json: bool) -> None:
    """Show when a schedule fired and what came of it, the latest first.

    A schedule that trains tells the model that it made, and whether the gate let it become the active one.
    """
    from musicai.cli.output import emit_json
    from musicai.cli.schedule_table import print_history
    from musicai.services.schedules import views

    view, firings = views.read(_open(), name, limit)
    if as_json:
        emit_json([firing.to_json() for firing in firings])
    else:
        print_history(view, firings)


@schedule.command()
@name_argument
@json_option
def pause(name: str, as_json: bool) -> None:
    """Let a schedule not fire until it is resumed; what it has begun goes on."""
    from musicai.services.schedules import steering

    _print_one(steering.pause(_open(), name), as_json)


@schedule.command()
@name_argument
@json_option
def resume(name: str, as_json: bool) -> None:
    """Let a paused schedule fire again; what was due meanwhile is not made up for."""
    from musicai.services.schedules import steering

    _print_one(steering.resume(_open(), name), as_json)


@schedule.command()
@name_argument
@json_option
def remove(name: str, as_json: bool) -> None:
    """Take a schedule out, with its history; its jobs and models stay."""
    from musicai.cli.output import emit_json, note
    from musicai.services.schedules import steering

    view = steering.remove(_open(), name)
    if as_json:
        emit_json(view.to_json())
    else:
        note(f"schedule {name} is gone")


@schedule.command("run-now")
@name_argument
@json_option
def run_now(name: str, as_json: bool) -> None:
    """Fire a schedule at once, whether a scheduler runs or not; its timetable stays as it is."""
    from musicai.cli.output import emit_json, note
    from musicai.cli.schedule_table import print_begun
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.jobs import open_dispatcher
    from musicai.services.schedules import steering

    settings = Settings.from_env()
    view, said = steering.run_now(open_catalogue(settings), open_dispatcher(settings), name)
    if as_json:
        emit_json(view.to_json())
    else:
        print_begun(view)
    for line in said:
        note(line)
    if view.state == "failed":
        raise click.exceptions.Exit(1)


def _open() -> "Engine":
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue

    return open_catalogue(Settings.from_env())


def _print_one(view: "ScheduleView", as_json: bool) -> None:
    from musicai.cli.output import emit_json
    from musicai.cli.schedule_table import print_schedule

    if as_json:
        emit_json(view.to_json())
    else:
        print_schedule(view)
