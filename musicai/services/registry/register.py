"""Making a model's row: the catalogue knows each version by its name and the digest of its weights."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.ledger import insert_ignoring
from musicai.catalogue.session import now
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import ModelError
from musicai.models.folder import copy_files, verify
from musicai.models.renaming import rename
from musicai.models.side_car import SideCar, read_side_car
from musicai.models.store import DEFAULT_MODEL, find, list_names, publish
from musicai.services.actor import current_actor
from musicai.services.registry.trail import record
from musicai.services.registry.versions import family_of, lock_registry, next_name
from musicai.states import ModelEventKind


def register(
    session: Session,
    side_car: SideCar,
    *,
    actor: str = "",
    detail: Mapping[str, Any] | None = None,
    kind: ModelEventKind = ModelEventKind.REGISTERED,
) -> Model:
    """Return the row of a model whose files stand in the store; make it when there is none yet.

    Raises
    ------
    ModelError: the catalogue knows other weights, or another side-car, by this name.
    """
    values = {
        "name": side_car.name,
        "digest": side_car.weights_sha256,
        "side_car": side_car.to_json(),
        "active": False,
        "created_at": now(),
    }
    made = session.scalars(insert_ignoring(session, Model).returning(Model.id), [values]).all()
    model = session.scalars(select(Model).where(Model.name == side_car.name)).one()
    check_same(model, side_car)
    if made:
        record(session, model, kind, actor or current_actor(), detail or {})
    return model


def check_same(model: Model, side_car: SideCar) -> None:
    """Raise ModelError unless a side-car is that of the model that the catalogue knows by its name."""
    if model.digest != side_car.weights_sha256:
        raise ModelError(
            f"model {side_car.name!r} has weights {side_car.weights_sha256[:12]}, the catalogue's "
            f"predictions came from {model.digest[:12]}: give the new ones a name of their own"
        )
    if not is_same(model, side_car):
        raise ModelError(
            f"the side-car of model {side_car.name!r} was changed: its genres, network, front end, "
            "temperature or threshold are not those that the catalogue's predictions came from; copy the "
            "former one back, and give the changed model a name of its own"
        )


def is_same(model: Model, side_car: SideCar) -> bool:
    """Whether a side-car describes a model that answers as that of the catalogue does."""
    return SideCar.from_json(model.side_car).answers_digest == side_car.answers_digest


def ensure_active(session: Session, settings: Settings) -> Model:
    """Return the active model; where there is none yet, it becomes the default one."""
    active = session.scalars(select(Model).where(Model.active)).first()
    if active is None:
        active = register(session, read_side_car(find(DEFAULT_MODEL, settings.model_store)))
        active.active = True
        session.flush()
    return active


def register_candidate(
    session: Session,
    settings: Settings,
    folder: Path,
    actor: str,
    detail: Mapping[str, Any],
    *,
    kind: ModelEventKind = ModelEventKind.REGISTERED,
) -> Model:
    """Put a finished model into the store and into the catalogue; it is not active yet.

    Safe to call twice. When another model took the name meanwhile, this one gets the next version's
    name: read it from the row that is returned.

    Parameters
    ----------
    folder: weights, side-car and artefacts, outside the store; it stays as it is.

    Raises
    ------
    ModelError: the folder is damaged, or the store's disk is full.
    NodeFaultError: the store cannot be reached.
    """
    side_car = verify(folder)
    lock_registry(session)
    ensure_active(session, settings)
    if not _is_taken(session, settings, side_car):
        publish(folder, settings.model_store)
    elif not _is_the_same(settings, side_car):
        side_car = _publish_as(folder, next_name(session, settings, family_of(side_car.name)), settings)
    return register(session, side_car, actor=actor, detail=detail, kind=kind)


def _is_taken(session: Session, settings: Settings, side_car: SideCar) -> bool:
    in_catalogue = session.scalars(select(Model).where(Model.name == side_car.name)).first()
    if in_catalogue is not None and not is_same(in_catalogue, side_car):
        return True
    return side_car.name in list_names(settings.model_store)


def _is_the_same(settings: Settings, side_car: SideCar) -> bool:
    """Whether the model of this name in the store is this very one: somebody did this before."""
    if side_car.name not in list_names(settings.model_store):
        return False
    return read_side_car(find(side_car.name, settings.model_store)).digest == side_car.digest


def _publish_as(folder: Path, name: str, settings: Settings) -> SideCar:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / name
        copy.mkdir()
        copy_files(folder, copy)
        side_car = rename(copy, name)
        publish(copy, settings.model_store)
        return side_car
