"""The models that there are: those of the store, and those that the catalogue has answers of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Model, Prediction
from musicai.config import Settings
from musicai.errors import NotFoundError
from musicai.models.side_car import ONNX_FILE, SIDE_CAR_FILE, WEIGHTS_FILE
from musicai.models.store import DEFAULT_MODEL, StoredModel, find, list_models
from musicai.models.weight_count import count_parameters
from musicai.services.registry.trail import TrailLine, read_trail


@dataclass(frozen=True)
class ModelView:
    """One model as people see it.

    Parameters
    ----------
    name: what it is called.
    where: 'shipped' with the package, 'own' from the model store, or 'gone': only its answers are left.
    folder: of its files, or their URL; None when they are gone.
    active: whether it answers when no model is named.
    archived: whether nobody is offered it any more.
    broken: why its files cannot be used, and what to do; None when they can, or are gone.
    parameters: numbers in its weights; None when they cannot be read.
    size: bytes of its weights; None when they are not on this machine.
    predictions: how many tracks it has answered.
    side_car: everything else that its side-car says.
    """

    name: str
    where: str
    folder: str | None
    active: bool
    archived: bool
    broken: str | None
    parameters: int | None
    size: int | None
    predictions: int
    side_car: Mapping[str, Any]

    @property
    def state(self) -> str:
        """One of candidate, active, archived, gone, broken."""
        if self.broken is not None:
            return "broken"
        if self.active:
            return "active"
        return "archived" if self.archived else "gone" if self.where == "gone" else "candidate"

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
            "state": self.state,
            "active": self.active,
            "archived": self.archived,
            "broken": self.broken,
            "where": self.where,
            "folder": self.folder,
            "version": self.side_car.get("code_version"),
            "genres": self.genres,
            "parameters": self.parameters,
            "size": self.size,
            "accuracy": self.accuracy,
            "measured_on": self.measured_on,
            "threshold": self.threshold,
            "predictions": self.predictions,
            "side_car": dict(self.side_car),
        }

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.side_car.get(name)
        return part if isinstance(part, dict) else {}


@dataclass(frozen=True)
class ModelPortrait:
    """Everything about one model.

    Parameters
    ----------
    view: as `musicai models list` prints it.
    artefacts: what lies beside its weights: card, curves, pictures, held-out answers.
    history: its lines of the audit trail, the oldest first.
    """

    view: ModelView
    artefacts: list[str]
    history: list[TrailLine]

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the view, and what there is besides."""
        history = [line.to_json() for line in self.history]
        return {**self.view.to_json(), "artefacts": self.artefacts, "history": history}


def read_portrait(session: Session, settings: Settings, name: str) -> ModelPortrait:
    """Return everything about one model; NotFoundError names those that there are."""
    view = read_model(session, settings, name)
    usable = view.where != "gone" and view.broken is None
    folder = find(name, settings.model_store) if usable else None
    files = sorted(folder.rglob("*")) if folder else []
    itself = (SIDE_CAR_FILE, WEIGHTS_FILE, ONNX_FILE)
    beside = [str(file) for file in files if file.is_file() and file.name not in itself]
    return ModelPortrait(view, beside, read_trail(session, name))


def read_models(session: Session, settings: Settings) -> list[ModelView]:
    """Return all models by name, also those that are broken."""
    stored = {model.name: model for model in list_models(settings.model_store)}
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
    itself = stored.side_car if stored else None
    weights = stored.folder / itself.weights_file if stored and stored.folder and itself else None
    side_car = itself.to_json() if itself else known.side_car if known else {}
    return ModelView(
        name=name,
        where="gone" if stored is None else "shipped" if stored.shipped else "own",
        folder=stored.location if stored else None,
        active=active,
        archived=known is not None and known.archived_at is not None,
        broken=(stored.broken or None) if stored else None,
        parameters=count_parameters(weights) if weights else None,
        size=weights.stat().st_size if weights and weights.is_file() else None,
        predictions=predictions,
        side_car=side_car,
    )
