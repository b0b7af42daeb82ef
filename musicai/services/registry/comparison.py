"""Two models side by side: what each is, and their answers to the same held-out tracks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.models.side_car import read_side_car
from musicai.models.weight_count import count_parameters
from musicai.services.registry.common_answers import CommonAnswers, common_answers
from musicai.services.registry.files import probe_models
from musicai.services.registry.judgement import Judgement, Rules, judge
from musicai.services.registry.lookup import named_model, verified_folder
from musicai.services.registry.provenance import leaks_against
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Figure, Level
from musicai.training.evaluation.held_out import HeldOut, aligned


@dataclass(frozen=True)
class ModelFigures:
    """One of the models that are compared.

    Parameters
    ----------
    model: its name.
    active: whether it is the active one.
    genres: how many it knows.
    parameters: numbers in its weights.
    size: bytes of its weights.
    network_ms: milliseconds that its network takes for one excerpt on one core of this machine, now.
    tracks: held-out tracks that the figures below are about: those in common, else those of its side-car.
    accuracy, top_3, macro_f1, calibration_error, log_loss: each `value`, `low` and `high` (95 % interval);
        only `value` where the models have no answers in common. None: not known.
    """

    model: str
    active: bool
    genres: int
    parameters: int | None
    size: int
    network_ms: float
    tracks: int | None
    accuracy: Mapping[str, float] | None
    top_3: Mapping[str, float] | None
    macro_f1: Mapping[str, float] | None
    calibration_error: Mapping[str, float] | None
    log_loss: Mapping[str, float] | None


@dataclass(frozen=True)
class GenreDifference:
    """How two models do on one genre.

    Parameters
    ----------
    genre: its name.
    tracks: held-out tracks of it that both answered.
    recall_a, recall_b: share of them that each model got right.
    f1_a, f1_b: harmonic mean of precision and recall.
    """

    genre: str
    tracks: int
    recall_a: float
    recall_b: float
    f1_a: float
    f1_b: float


@dataclass(frozen=True)
class ModelComparison:
    """Two models side by side.

    Parameters
    ----------
    a, b: the models.
    genres: genre by genre, on the tracks that both answered.
    gate: what the gate says of a as the candidate and b as the active model.
    notes: what one must know to trust the comparison.
    """

    a: ModelFigures
    b: ModelFigures
    genres: list[GenreDifference]
    gate: Judgement
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {**asdict(self), "gate": self.gate.to_json(), "notes": list(self.notes)}


def compare_models(
    engine: Engine,
    settings: Settings,
    a: str,
    b: str,
    *,
    rules: Rules | None = None,
    data: str | None = None,
) -> ModelComparison:
    """Compare two models; nothing is written about it.

    Raises
    ------
    ConfigError: a model is compared with itself.
    ModelError, StateError: the files of one are damaged or gone.
    """
    if a == b:
        raise ConfigError(f"{a!r} and {b!r} are the same model")
    with transaction(engine) as session:
        models = named_model(session, settings, a), named_model(session, settings, b)
    folders = verified_folder(settings, models[0]), verified_folder(settings, models[1])
    common = common_answers(settings, folders[0], models[1], data)
    on_a, on_b = _levels(common)
    against = leaks_against(folders[0], models[0].side_car)
    took_a, took_b = probe_models(settings, *folders)
    return ModelComparison(
        a=_figures(models[0], folders[0], took_a, on_a),
        b=_figures(models[1], folders[1], took_b, on_b),
        genres=_per_genre(on_a, on_b) if on_a and on_b else [],
        gate=judge(
            common.candidate,
            common.active,
            rules or Rules(),
            against,
            incomparable=common.incomparable,
            rival=repr(b),
        ),
        notes=common.notes,
    )


def _levels(common: CommonAnswers) -> tuple[Level | None, Level | None]:
    if common.candidate is None or common.active is None:
        return None, None
    try:
        a, b = aligned(common.candidate, common.active)
    except ConfigError:
        return None, None  # the gate says it in words
    return _level(a), _level(b)


def _level(answers: HeldOut) -> Level:
    return evaluate(answers.probabilities, answers.labels, answers.names, answers.genres).tracks


def _figures(model: Model, folder: Path, network_ms: float, level: Level | None) -> ModelFigures:
    weights = folder / read_side_car(folder).weights_file
    return ModelFigures(
        model=model.name,
        active=model.active,
        genres=len(model.side_car.get("genres", [])),
        parameters=count_parameters(weights),
        size=weights.stat().st_size,
        network_ms=network_ms,
        **(_measured(level) if level else _remembered(model.side_car.get("metrics", {}))),
    )


def _measured(level: Level) -> dict[str, Any]:
    return {
        "tracks": level.count,
        "accuracy": _rounded(level.accuracy),
        "top_3": _rounded(level.top_3),
        "macro_f1": _rounded(level.macro_f1),
        "calibration_error": _rounded(level.reliability.error),
        "log_loss": _rounded(level.log_loss),
    }


def _rounded(figure: Figure) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(figure).items()}


def _remembered(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the side-car says: measured elsewhere, and so no comparison."""
    names = {
        "accuracy": "accuracy",
        "top_3": "top_3_accuracy",
        "macro_f1": "macro_f1",
        "calibration_error": "calibration_error",
        "log_loss": "log_loss",
    }
    found = {key: {"value": metrics[name]} if name in metrics else None for key, name in names.items()}
    return {"tracks": metrics.get("clips"), **found}


def _per_genre(a: Level, b: Level) -> list[GenreDifference]:
    return [
        GenreDifference(
            genre,
            a.per_genre[genre].support,
            round(a.per_genre[genre].recall.value, 4),
            round(b.per_genre[genre].recall.value, 4),
            round(a.per_genre[genre].f1.value, 4),
            round(b.per_genre[genre].f1.value, 4),
        )
        for genre in a.per_genre
        if a.per_genre[genre].support
    ]
