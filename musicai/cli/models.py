"""``musicai models``: which models there are."""

import click

from musicai.cli.model_evaluate import evaluate
from musicai.cli.model_import import import_


@click.group()
def models() -> None:
    """List, show, measure and import models."""


models.add_command(evaluate)
models.add_command(import_)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """Print the models of the package, of the model store, and those that only answers are left of."""
    from musicai.catalogue.session import reading
    from musicai.cli.model_table import print_models
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_models

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        views = read_models(session, settings)
    if as_json:
        emit_json([view.to_json() for view in views])
    else:
        print_models(views)


@models.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Print what is known about the model NAME: genres, accuracy, threshold, data, recipe."""
    from musicai.catalogue.session import reading
    from musicai.cli.model_table import print_model
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_model

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        view = read_model(session, settings, name)
    if as_json:
        emit_json(view.to_json())
    else:
        print_model(view)
