"""``musicai db``: the catalogue's schema."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine


@click.group()
def db() -> None:
    """Upgrade and check the catalogue's schema."""


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


def _open() -> "Engine":
    from musicai.catalogue.session import open_engine
    from musicai.config import Settings

    return open_engine(Settings.from_env().catalogue_url)
