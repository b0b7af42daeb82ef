"""Which model a command means."""

from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import NotFoundError, StateError
from musicai.models.side_car import read_side_car
from musicai.models.store import find
from musicai.services.registry.active import answering_name, ensure_active, files_gone
from musicai.services.registry.register import register
from musicai.services.registry.versions import lock_registry


def fetch_model(engine: Engine, settings: Settings, name: str | None) -> None:
    """Bring a model from a store behind a URL to this node, before a transaction that writes asks for it.

    Raises
    ------
    NotFoundError, StateError, ModelError, NodeFaultError: as `choose_model` would.
    """
    if settings.model_store.folder is None:
        with reading(engine) as session:
            wanted = model_name(session, settings, name)
        find_files(settings, wanted, name)


def choose_model(session: Session, settings: Settings, name: str | None) -> Model:
    """Return the row of a model: the one named, else the setting's, else the active one, else the default.

    Raises
    ------
    NotFoundError: no model of that name is in the store.
    StateError: it is archived, or it is the active one and its files have gone.
    ModelError: its files are damaged, or not those that the catalogue knows by its name.
    """
    wanted = model_name(session, settings, name)
    folder = find_files(settings, wanted, name)
    if not (name or settings.model):
        ensure_active(session, settings)
    model = register(session, read_side_car(folder))
    if model.archived_at is not None:
        raise StateError(
            f"model {model.name!r} is archived: `musicai models restore {model.name}` brings it back"
        )
    _activate_the_first(session, model)
    return model


def _activate_the_first(session: Session, model: Model) -> None:
    """Make a model active where none is; from then on, `musicai models promote` decides."""
    any_active = select(Model.id).where(Model.active)
    if session.scalars(any_active).first() is None:
        lock_registry(session)
        if session.scalars(any_active).first() is None:
            model.active = True
            session.flush()


def model_name(session: Session, settings: Settings, name: str | None) -> str:
    """Return which model a command means."""
    return name or settings.model or answering_name(session, settings)


def find_files(settings: Settings, wanted: str, name: str | None) -> Path:
    """Return the folder of the model that `model_name` found for the name that a command was given.

    Raises
    ------
    NotFoundError, ModelError, NodeFaultError: as `store.find`.
    StateError: the model is the active one, and its files have gone.
    """
    try:
        return find(wanted, settings.model_store)
    except NotFoundError as err:
        if name or settings.model:
            raise
        raise files_gone(settings, wanted) from err
