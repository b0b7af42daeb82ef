"""The models of the store as rows of the catalogue."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.ledger import insert_ignoring
from musicai.catalogue.session import now
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import ModelError
from musicai.models.side_car import SideCar, read_side_car
from musicai.models.store import DEFAULT_MODEL, find


def choose_model(session: Session, settings: Settings, name: str | None) -> Model:
    """Return the row of a model: the one named, else the setting's, else the active one, else the default.

    Raises
    ------
    NotFoundError: no model of that name is in the store.
    ModelError: its files are damaged, or have other weights than the catalogue knows it by.
    """
    folder = find(model_name(session, settings, name), settings.model_store)
    active = session.scalars(select(Model.id).where(Model.active)).first()
    return _registered(session, read_side_car(folder), make_active=active is None)


def model_name(session: Session, settings: Settings, name: str | None) -> str:
    """Return which model a command means."""
    active = session.scalars(select(Model.name).where(Model.active)).first()
    return name or settings.model or active or DEFAULT_MODEL


def _registered(session: Session, side_car: SideCar, *, make_active: bool) -> Model:
    values = {
        "name": side_car.name,
        "digest": side_car.weights_sha256,
        "side_car": side_car.to_json(),
        "active": make_active,
        "created_at": now(),
    }
    session.execute(insert_ignoring(session, Model), [values])
    model = session.scalars(select(Model).where(Model.name == side_car.name)).one()
    if model.digest != side_car.weights_sha256:
        raise ModelError(
            f"model {side_car.name!r} has weights {side_car.weights_sha256[:12]}, the catalogue's "
            f"predictions came from {model.digest[:12]}: give the new ones a name of their own"
        )
    return model
