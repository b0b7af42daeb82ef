"""Finding a model that a command names: its row, its folder, and whether it may be used."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import NotFoundError, StateError
from musicai.models.folder import verify
from musicai.models.side_car import read_side_car
from musicai.models.store import find
from musicai.services.registry.register import check_same, register


def named_model(session: Session, settings: Settings, name: str) -> Model:
    """Return the row of a model, and make it where only the store knows the model.

    Raises
    ------
    NotFoundError: neither the catalogue nor the store knows it.
    """
    model = session.scalars(select(Model).where(Model.name == name)).first()
    return model or register(session, read_side_car(find(name, settings.model_store)))


def offered_model(session: Session, settings: Settings, name: str) -> Model:
    """Return the row of a model that is not archived; StateError when it is."""
    model = named_model(session, settings, name)
    if model.archived_at is not None:
        raise StateError(f"model {name!r} is archived: `musicai models restore {name}` brings it back")
    return model


def verified_folder(settings: Settings, model: Model) -> Path:
    """Return the folder of a model whose files are the ones that the catalogue means.

    Raises
    ------
    StateError: its files are gone.
    ModelError: they are damaged, or others than those that its predictions came from.
    """
    try:
        folder = find(model.name, settings.model_store)
    except NotFoundError as err:
        raise StateError(
            f"the files of model {model.name!r} are gone from {settings.model_store}; its answers are left"
        ) from err
    check_same(model, verify(folder))
    return folder
