"""``musicai models archive`` and ``restore``: which models are offered."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from musicai.catalogue.tables import Model
    from musicai.config import Settings


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def archive(name: str, as_json: bool) -> None:
    """Offer the model NAME to nobody any more; its files and its answers stay."""
    from musicai.services.registry.archive import archive

    _change(archive, name, "is archived: `musicai models list --all` shows it", as_json)


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def restore(name: str, as_json: bool) -> None:
    """Bring the model NAME back out of the archive."""
    from musicai.services.registry.archive import restore

    _change(restore, name, "is offered again", as_json)


def _change(
    change: "Callable[[Session, Settings, str, str], Model]", name: str, text: str, as_json: bool
) -> None:
    from musicai.catalogue.session import reading, transaction
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.actor import current_actor
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_model

    settings = Settings.from_env()
    engine = open_catalogue(settings)
    with transaction(engine) as session:
        change(session, settings, name, current_actor())
    if as_json:
        with reading(engine) as session:
            emit_json(read_model(session, settings, name).to_json())
    else:
        click.echo(f"{name} {text}")
