"""Which model a command means."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import NotFoundError, StateError
from musicai.models.folder import verify
from musicai.models.side_car import SideCar
from musicai.models.store import find
from musicai.services.registry.active import answering_model, files_gone, leave_behind
from musicai.services.registry.register import register
from musicai.services.registry.versions import lock_registry


@dataclass(frozen=True)
class FoundModel:
    """A model in the store, before a transaction is open: a store behind a URL may take a minute to answer.

    Parameters
    ----------
    left_behind: name of the active model, when this one answers in its place from now on.
    """

    side_car: SideCar
    left_behind: str | None = None


def find_model(engine: Engine, settings: Settings, name: str | None) -> FoundModel:
    """Find a model: the one named here, else the setting's, else the active one, else the default.

    Raises
    ------
    NotFoundError: no model of that name is in the store.
    StateError: it is the active one and its files have gone.
    ModelError: its files are damaged.
    NodeFaultError: the store cannot be reached.
    """
    with reading(engine) as session:
        wanted, left_behind = model_and_former(session, settings, name)
    return FoundModel(verify(find_files(settings, wanted, name)), left_behind)


def choose_model(session: Session, found: FoundModel) -> Model:
    """Return the row of a model that was found.

    Raises
    ------
    StateError: it is archived.
    ModelError: its files are not those that the catalogue knows by its name.
    """
    if found.left_behind is not None:
        leave_behind(session, found.left_behind, found.side_car)
    model = register(session, found.side_car)
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
    return model_and_former(session, settings, name)[0]


def model_and_former(session: Session, settings: Settings, name: str | None) -> tuple[str, str | None]:
    """Return which model a command means, and the active one whose place it takes by that, if it does.

    Both by one look: a second one may find what was promoted in between, and put it out of its place.
    """
    named = name or settings.model
    return (named, None) if named else answering_model(session, settings)


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
