"""Which model a command means."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import StateError
from musicai.models.side_car import read_side_car
from musicai.models.store import DEFAULT_MODEL, find
from musicai.services.registry.register import register
from musicai.services.registry.versions import lock_registry


def fetch_model(engine: Engine, settings: Settings, name: str | None) -> None:
    """Bring a model from a store behind a URL to this node, before a transaction that writes asks for it.

    Raises
    ------
    NotFoundError, ModelError, NodeFaultError: as `choose_model` would.
    """
    if settings.model_store.folder is None:
        with reading(engine) as session:
            wanted = model_name(session, settings, name)
        find(wanted, settings.model_store)


def choose_model(session: Session, settings: Settings, name: str | None) -> Model:
    """Return the row of a model: the one named, else the setting's, else the active one, else the default.

    Raises
    ------
    NotFoundError: no model of that name is in the store.
    StateError: it is archived.
    ModelError: its files are damaged, or not those that the catalogue knows by its name.
    """
    folder = find(model_name(session, settings, name), settings.model_store)
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
    active = session.scalars(select(Model.name).where(Model.active)).first()
    return name or settings.model or active or DEFAULT_MODEL
