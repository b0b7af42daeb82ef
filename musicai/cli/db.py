"""``musicai db``: the catalogue's schema and its housekeeping."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from musicai.services.tidy import Tidied

_days = click.IntRange(min=0)


@click.group()
def db() -> None:
    """Upgrade, check and tidy the catalogue."""


@db.command()
def upgrade() -> None:
    """Bring the catalogue to the newest schema; an empty database is set up."""
    from musicai.catalogue import migrate

    engine = _open()
    before = migrate.current(engine)
    migrate.upgrade(engine)
    after = migrate.current(engine)
    click.echo(f"schema {after}" + (" already" if before == after else f", was {before or 'empty'}"))


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def current(as_json: bool) -> None:
    """Print the catalogue's schema and the newest one."""
    from musicai.catalogue import migrate
    from musicai.cli.output import emit_json

    found, newest = migrate.current(_open()), migrate.head()
    if as_json:
        emit_json({"current": found, "newest": newest})
    else:
        click.echo(f"schema {found or 'empty'}, newest {newest}")


@db.command()
def check() -> None:
    """Exit with 6 unless the catalogue has the newest schema."""
    from musicai.catalogue import migrate

    migrate.check(_open())
    click.echo(f"schema {migrate.head()}: up to date")


@db.command()
@click.option("--items", type=_days, metavar="DAYS", help="How long to keep the tracks of ended jobs.")
@click.option("--firings", type=_days, metavar="DAYS", help="How long to keep the history of schedules.")
@click.option(
    "--files", type=_days, metavar="DAYS", help="How long to keep checkpoints and copies of models."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tidy(items: int | None, firings: int | None, files: int | None, dry_run: bool, as_json: bool) -> None:
    """Delete what is older than it needs to be kept, at once.

    While a scheduler runs, workers do the same little by little. No answer changes: totals, failed tracks,
    predictions, corrections, models and what was done to them stay. The options, or MUSICAI_KEEP_ITEMS,
    MUSICAI_KEEP_FIRINGS and MUSICAI_KEEP_FILES, say for how many days the rest is kept; 0 keeps all of it.
    Only files of this node are deleted.
    """
    from musicai.cli.count_progress import count_progress
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.tidy import tidy as delete
    from musicai.services.tidy import with_days

    settings = with_days(Settings.from_env(), items, firings, files)
    with count_progress("deleting rows") as report:
        found = delete(open_catalogue(settings), settings, report, dry_run=dry_run)
    if as_json:
        emit_json(found.to_json())
    else:
        _print_tidied(found)


def _print_tidied(found: "Tidied") -> None:
    from musicai.cli.model_table import megabytes
    from musicai.cli.output import number

    click.echo("would delete:" if found.dry_run else "deleted:")
    for count, size, what in (
        (found.items, None, "tracks in ended jobs"),
        (found.epochs, None, "epochs of runs that failed or were cancelled"),
        (found.firings, None, "firings in the history of schedules"),
        (found.checkpoints, found.checkpoint_bytes, "checkpoints of ended runs on this node"),
        (found.copies, found.copy_bytes, "copies of models on this node that are not in the store"),
    ):
        click.echo(f"{number(count):>12}  {what}" + (f", {megabytes(size)}" if size else ""))
    for line in found.left:
        click.echo(f"stays: {line}", err=True)


def _open() -> "Engine":
    from musicai.catalogue.session import open_engine
    from musicai.config import Settings

    return open_engine(Settings.from_env().catalogue_url)
