"""Rolling back: the model that was active before becomes active again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading, transaction
from musicai.config import Settings
from musicai.errors import StateError
from musicai.models.store import DEFAULT_MODEL
from musicai.services.registry.active import active_model, ensure_active, make_active
from musicai.services.registry.files import probe_models
from musicai.services.registry.lookup import offered_model, verified_folder
from musicai.services.registry.promotion import overruling
from musicai.services.registry.trail import read_trail, record
from musicai.services.registry.versions import lock_registry
from musicai.states import ModelEventKind

_BECAME_ACTIVE = (ModelEventKind.PROMOTED, ModelEventKind.TOOK_OVER)


@dataclass(frozen=True)
class Rollback:
    """What was rolled back.

    Parameters
    ----------
    model: the model that is active now.
    former: the model that gave its place back.
    overruled_by: MUSICAI_MODEL, when that names another model which answers on this node all the same.
    """

    model: str
    former: str
    overruled_by: str | None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return dict(self.__dict__)


def roll_back(engine: Engine, settings: Settings, *, actor: str, to: str | None = None) -> Rollback:
    """Make the model active that was so before the active one was promoted, or the named one.

    Its answers were never taken away: they are what `musicai query` shows from now on.

    Raises
    ------
    StateError: there is none, it never was active, or it is archived.
    ModelError: its files are damaged. The active model stays.
    """
    with transaction(engine) as session:
        # of its own: undone with a rollback that fails, a move to another model would hinder it for ever
        ensure_active(session, settings)
    with reading(engine) as session:
        target = _target(session, to)
    with transaction(engine) as session:
        model = offered_model(session, settings, target)
    probe_models(settings, verified_folder(settings, model))
    with transaction(engine) as session:
        lock_registry(session)
        active = ensure_active(session, settings)
        if active.name == target or _target(session, to) != target:
            raise StateError(
                f"model {active.name!r} became active meanwhile; roll back again if you still want to"
            )
        offered_model(session, settings, target)
        make_active(session, model)
        record(session, active, ModelEventKind.ROLLED_BACK, actor, {"to": target})
    return Rollback(target, active.name, overruling(settings, target))


def _target(session: Session, to: str | None) -> str:
    lines = read_trail(session)
    active = active_name(session)
    if to is None:
        formers = [
            line.detail["former"] for line in lines if line.model == active and line.event in _BECAME_ACTIVE
        ]
        if not formers:
            raise StateError(f"there is nothing to roll back to: no model was active before {active!r}")
        return str(formers[-1])
    if to == active:
        raise StateError(f"model {to!r} is the active one already")
    changes = [line for line in lines if line.event in _BECAME_ACTIVE]
    if to not in {line.model for line in changes} | {line.detail["former"] for line in changes}:
        raise StateError(f"model {to!r} never was active: `musicai models promote {to}` compares it first")
    return to


def active_name(session: Session) -> str:
    """Return the name of the active model; where there is none yet, of the default one."""
    active = active_model(session)
    return active.name if active else DEFAULT_MODEL
