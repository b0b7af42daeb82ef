"""Which model is active: the one that somebody promoted, else the one that the package comes with.

The package may come with another model than it did when the catalogue was made. The catalogue moves on
then, and says so in the audit trail, unless somebody chose the model that has gone: that choice is theirs.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from musicai import __version__
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import StateError
from musicai.models.ever_shipped import came_with_the_package
from musicai.models.side_car import SideCar, read_side_car
from musicai.models.store import DEFAULT_MODEL, find, is_shipped, list_names
from musicai.services.registry.register import is_same, register
from musicai.services.registry.trail import read_trail, record
from musicai.services.registry.versions import lock_registry
from musicai.states import ModelEventKind


def active_model(session: Session) -> Model | None:
    """Return the row of the active model; None in a catalogue that was asked for nothing yet."""
    return session.scalars(select(Model).where(Model.active)).first()


def answering_model(session: Session, settings: Settings) -> tuple[str, str | None]:
    """Return the name of the model that answers from now on when none is named. Changes nothing.

    And that of the active model whose place it takes; None where it takes nobody's.
    """
    active = active_model(session)
    if active is None:
        return DEFAULT_MODEL, None
    if is_left_behind(session, settings, active):
        return DEFAULT_MODEL, active.name
    return active.name, None


def ensure_active(session: Session, settings: Settings) -> Model:
    """Return the active model; where there is none yet, or the package took it away, the default one."""
    active = active_model(session)
    if active is not None and not is_left_behind(session, settings, active):
        return active
    lock_registry(session)
    active = active_model(session)  # another process may have been first
    if active is None:
        return _begin(session, settings)
    if not is_left_behind(session, settings, active):
        return active
    return _move_on(session, active, read_side_car(find(DEFAULT_MODEL, settings.model_store)))


def leave_behind(session: Session, former: str, default: SideCar) -> None:
    """Make the default model active in the place of one that `is_left_behind`, if nobody was first."""
    lock_registry(session)
    active = active_model(session)
    if active is not None and active.name == former:
        _move_on(session, active, default)


def make_active(session: Session, model: Model) -> None:
    """Make a model the active one, in the place of whichever is."""
    session.execute(update(Model).where(Model.active).values(active=False))
    session.execute(update(Model).where(Model.id == model.id).values(active=True))


def is_left_behind(session: Session, settings: Settings, active: Model) -> bool:
    """Whether the package put the active model in its place, took its files away, and has another one."""
    return (
        came_with_the_package(active.name, active.digest)
        and not is_shipped(active.name)  # a store behind a URL need not be asked
        and active.name not in list_names(settings.model_store)
        and not _was_chosen(session, active.name)
        and _can_take_over(session, read_side_car(find(DEFAULT_MODEL, settings.model_store)))
    )


def files_gone(settings: Settings, name: str) -> StateError:
    """Return the error that the active model has no files, with the ways out."""
    return StateError(
        f"model {name!r} is the active one, but its files are neither in {settings.model_store} nor in "
        "this version of the package: copy them into the model store, or put another model in its place "
        f"with `musicai models promote {DEFAULT_MODEL} --force`; its answers stay"
    )


def _was_chosen(session: Session, name: str) -> bool:
    return any(
        (line.event == ModelEventKind.PROMOTED and line.model == name)
        or (line.event == ModelEventKind.ROLLED_BACK and line.detail.get("to") == name)
        for line in read_trail(session)
    )


def _can_take_over(session: Session, default: SideCar) -> bool:
    """Whether the default model is the package's: one of the user's of that name has to pass the gate."""
    known = session.scalars(select(Model).where(Model.name == default.name)).first()
    is_offered = known is None or (known.archived_at is None and is_same(known, default))
    return is_offered and came_with_the_package(default.name, default.weights_sha256)


def _begin(session: Session, settings: Settings) -> Model:
    first = register(session, read_side_car(find(DEFAULT_MODEL, settings.model_store)))
    first.active = True
    session.flush()
    return first


def _move_on(session: Session, former: Model, default: SideCar) -> Model:
    successor = register(session, default)
    make_active(session, successor)
    detail = {"former": former.name}
    record(session, successor, ModelEventKind.TOOK_OVER, f"musicai {__version__}", detail)
    return successor
