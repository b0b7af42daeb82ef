"""``musicai schedule add``: one command for each kind of schedule."""

import os
from typing import TYPE_CHECKING, Any

import click

from musicai.cli.request_options import (
    exclude_option,
    follow_option,
    library_option,
    paths_argument,
    priority_option,
    whole_option,
)
from musicai.cli.schedule_when import new_schedule, when_options
from musicai.states import ScheduleKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from musicai.services.schedules.views import ScheduleView


class _WithTrain(click.Command):
    """A command whose user may forget the -- before the options of train."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; one that is not ours is train's, perhaps."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as err:
            told = f"No such option {err.option_name!r}: those of `musicai train` stand behind --"
            raise click.UsageError(told, ctx) from err


@click.group()
def add() -> None:
    """Add a schedule: what to do, when, and with which options."""


@add.command(cls=_WithTrain)
@when_options
@click.argument("train_options", nargs=-1, type=click.UNPROCESSED, metavar="-- OPTIONS OF TRAIN")
def retrain(train_options: tuple[str, ...], as_json: bool, **when: Any) -> None:
    """Train a model each time, and let the gate decide whether it becomes the active one.

    What follows -- are options of `musicai train`, which are checked now; each time a trainer does it:

    musicai schedule add retrain --name weekly --cron "0 3 * * sun" -- --name jazzbox --data catalogue:
    """
    from musicai.cli.output import note
    from musicai.cli.schedule_train import read_train_options
    from musicai.services.schedules.adding import add
    from musicai.services.schedules.kinds import RetrainRequest
    from musicai.services.training import without_words

    new = new_schedule(ScheduleKind.RETRAIN, **when)
    request, priority = read_train_options(train_options)
    engine = _open()
    empty = without_words(engine, request)
    options = RetrainRequest(request, priority, train_options).to_json()
    _print(engine, add(engine, new, lambda _: options), as_json)
    for source in empty:
        note(f"nobody has confirmed a genre in {source!r} yet: it fails until `musicai correct` does")


@add.command()
@paths_argument
@when_options
@click.option("--model", metavar="NAME", help="The model to ask; without it the one that is active then.")
@library_option
@whole_option
@priority_option
@exclude_option
@follow_option
def rescan(
    paths: tuple[str, ...],
    as_json: bool,
    model: str | None,
    library: str | None,
    whole: bool,
    priority: str,
    exclude: tuple[str, ...],
    follow_symlinks: bool,
    **when: Any,
) -> None:
    """Read the folders below each PATH again and classify what is new or changed, as `enqueue` does."""
    from musicai.config import Settings
    from musicai.services.enqueue import Request
    from musicai.services.schedules.adding import add
    from musicai.services.schedules.rescan import rescan_options
    from musicai.states import Priority

    new = new_schedule(ScheduleKind.RESCAN, **when)
    request = Request(
        tuple(os.fsencode(path) for path in paths),
        model=model,
        library=library,
        priority=Priority(priority),
        exclude=exclude,
        follow_symlinks=follow_symlinks,
        whole=whole,
    )
    settings, engine = Settings.from_env(), _open()
    added = add(engine, new, rescan_options(engine, settings, request))
    _print(engine, added, as_json)


@add.command()
@when_options
def reconcile(as_json: bool, **when: Any) -> None:
    """Put right what faults left behind, besides once a minute: claims of the dead, lost messages."""
    from musicai.services.schedules.adding import add

    new = new_schedule(ScheduleKind.RECONCILE, **when)
    engine = _open()
    _print(engine, add(engine, new), as_json)


def _open() -> "Engine":
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue

    return open_catalogue(Settings.from_env())


def _print(engine: "Engine", view: "ScheduleView", as_json: bool) -> None:
    from musicai.cli.output import emit_json, note
    from musicai.cli.schedule_table import print_schedule
    from musicai.services.schedules.pulse import say_if_nobody_fires

    if as_json:
        emit_json(view.to_json())
    else:
        print_schedule(view)
    if said := say_if_nobody_fires(engine):
        note(said)
