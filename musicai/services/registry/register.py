"""Making a model's row: the catalogue knows each version by its name and the digest of its weights."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.ledger import insert_ignoring
from musicai.catalogue.session import now
from musicai.catalogue.tables import Model
from musicai.errors import ModelError
from musicai.models.side_car import SideCar
from musicai.services.actor import current_actor
from musicai.services.registry.trail import record
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
