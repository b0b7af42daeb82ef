"""``musicai models``: which models there are, and which one answers."""

import click

from musicai.cli.model_archive import archive, restore
from musicai.cli.model_compare import compare
from musicai.cli.model_evaluate import evaluate
from musicai.cli.model_export import export
from musicai.cli.model_import import import_
from musicai.cli.model_promote import history, promote, rollback
from musicai.cli.model_what_if import what_if


@click.group()
def models() -> None:
    """List, measure, compare, promote, roll back, archive, export and import models."""


for _command in (evaluate, compare, what_if, promote, rollback, history, archive, restore, export, import_):
    models.add_command(_command)


@models.command("list")
@click.option("--all", "with_archived", is_flag=True, help="Archived models as well.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(with_archived: bool, as_json: bool) -> None:
    """Print the models of the package, of the model store, and those that only answers are left of."""
    from musicai.catalogue.session import reading
    from musicai.cli.model_table import print_models
    from musicai.cli.output import counted, emit_json, note
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_models

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        every = read_models(session, settings)
    views = [view for view in every if with_archived or not view.archived]
    place = settings.model_store.folder
    if settings.store and place is not None and not place.is_dir():
        note(f"the model store {place} does not exist: it is asked for by MUSICAI_MODEL_STORE")
    if as_json:
        emit_json([view.to_json() for view in views])
        return
    print_models(views)
    if hidden := len(every) - len(views):
        note(f"{counted(hidden, 'archived model')}: --all shows them")


@models.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Print what is known about the model NAME: genres, accuracy, threshold, data, recipe, history."""
    from musicai.catalogue.session import reading
    from musicai.cli.model_table import print_model
    from musicai.cli.model_trail import print_trail
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_portrait

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        portrait = read_portrait(session, settings, name)
    if as_json:
        emit_json(portrait.to_json())
        return
    print_model(portrait.view, portrait.artefacts)
    if portrait.history:
        click.echo()
        print_trail(portrait.history, with_model=False)
