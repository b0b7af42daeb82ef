"""The models that there are: those of the store, and those that the catalogue has answers of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Model, Prediction
from musicai.config import Settings
from musicai.errors import NotFoundError
from musicai.models.store import DEFAULT_MODEL, StoredModel, list_models
from musicai.models.weight_count import count_parameters


@dataclass(frozen=True)
class ModelView:
    """One model as people see it.

    Parameters
    ----------
    name: what it is called.
    where: 'shipped' with the package, 'own' from the model store, or 'gone': only its answers are left.
    folder: of its files, or their URL; None when they are gone.
    active: whether it answers when no model is named.
    parameters: numbers in its weights; None when they cannot be read.
    predictions: how many tracks it has answered.
    side_car: everything else that its side-car says.
    """

    name: str
    where: str
    folder: str | None
    active: bool
    parameters: int | None
    predictions: int
    side_car: Mapping[str, Any]

    @property
    def genres(self) -> list[str]:
        """The genres that it knows."""
        return list(self.side_car.get("genres", []))

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Figures on held-out data."""
        return self._part("metrics")

    @property
    def accuracy(self) -> float | None:
        """Share of right answers on held-out data."""
        return self.metrics.get("accuracy")

    @property
    def measured_on(self) -> str | None:
        """What the accuracy was measured on."""
        return self._part("data").get("metrics_measured_on")

    @property
    def threshold(self) -> float | None:
        """Confidence below which it says 'unknown'."""
        return self._part("calibration").get("threshold")

    def to_json(self) -> dict[str, Any]:
        """Return the short facts, and the side-car whole."""
        return {
            "name": self.name,
            "active": self.active,
            "where": self.where,
            "folder": self.folder,
            "version": self.side_car.get("code_version"),
            "genres": self.genres,
            "parameters": self.parameters,
            "accuracy": self.accuracy,
            "measured_on": self.measured_on,
            "threshold": self.threshold,
            "predictions": self.predictions,
            "side_car": dict(self.side_car),
        }

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.side_car.get(name)
        return part if isinstance(part, dict) else {}


def read_models(session: Session, settings: Settings) -> list[ModelView]:
    """Return all models by name; ModelError when the side-car of one is broken."""
    stored = {model.side_car.name: model for model in list_models(settings.model_store)}
    known = {model.name: model for model in session.scalars(select(Model))}
    counts = _count_predictions(session)
    active = _active(settings, known)
    return [
        _view(
            name, stored.get(name), known.get(name), active=name == active, predictions=counts.get(name, 0)
        )
        for name in sorted({*stored, *known})
    ]


def read_model(session: Session, settings: Settings, name: str) -> ModelView:
    """Return one model; NotFoundError names those that there are."""
    views = read_models(session, settings)
    for view in views:
        if view.name == name:
            return view
    known = ", ".join(view.name for view in views) or "none"
    raise NotFoundError(f"there is no model {name!r}; there are: {known}")


def _active(settings: Settings, known: Mapping[str, Model]) -> str:
    active = next((model.name for model in known.values() if model.active), DEFAULT_MODEL)
    return settings.model or active


def _count_predictions(session: Session) -> dict[str, int]:
    counted = select(Model.name, func.count(Prediction.id)).join(Prediction).group_by(Model.name)
    return {row.name: row[1] for row in session.execute(counted)}


def _view(
    name: str, stored: StoredModel | None, known: Model | None, *, active: bool, predictions: int
) -> ModelView:
    side_car = stored.side_car.to_json() if stored else known.side_car if known else {}
    return ModelView(
        name=name,
        where="gone" if stored is None else "shipped" if stored.shipped else "own",
        folder=stored.location if stored else None,
        active=active,
        parameters=count_parameters(stored.folder / stored.side_car.weights_file)
        if stored and stored.folder
        else None,
        predictions=predictions,
        side_car=side_car,
    )
