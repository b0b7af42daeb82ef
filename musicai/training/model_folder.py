"""The folder of a trained model: weights, side-car, and everything that a run found out, beside them."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from musicai.catalogue.ledger import storable
from musicai.models.side_car import CARD_FILE, SideCar
from musicai.models.weights import write_model
from musicai.training.assembly import assemble
from musicai.training.card import Facts, model_card
from musicai.training.code_version import CODE_VERSION
from musicai.training.command import RECIPE_FILE, SPLIT_FILE, command_of
from musicai.training.conclusion import Conclusion
from musicai.training.dataset import Dataset
from musicai.training.epoch_report import EpochReport
from musicai.training.evaluation.artefacts import write_artefacts
from musicai.training.evaluation.summary import side_car_metrics
from musicai.training.journal import CURVES_FILE, draw_curves
from musicai.training.material import LEAKS_FILE, Material
from musicai.training.normalisation import normalisation_of
from musicai.training.request import TrainRequest

RUN_FILE = "run.json"


@dataclass(frozen=True)
class Finished:
    """Everything that a run ends with.

    Parameters
    ----------
    backbone: what the networks were built on: model or file, SHA-256, terms. Empty: on nothing.
    """

    request: TrainRequest
    material: Material
    trained_on: Dataset
    networks: Sequence[nn.Module]
    conclusion: Conclusion
    history: Sequence[EpochReport]
    seconds: float
    backbone: Mapping[str, Any] = field(default_factory=dict)


def write_model_folder(folder: Path, name: str, finished: Finished) -> SideCar:
    """Write the folder of a model whole or not at all; what an earlier attempt left of it goes."""
    part = folder.with_name(f"{folder.name}.part")
    for left in (part, folder):
        shutil.rmtree(left, ignore_errors=True)
    plan, conclusion = finished.request.plan, finished.conclusion
    genres = finished.material.learn.genres
    network, architecture = assemble(plan, finished.networks, len(genres))
    side_car = write_model(
        part,
        network,
        lambda digest: SideCar(
            name=name,
            architecture=architecture,
            front_end=plan.front_end,
            genres=genres,
            calibration=conclusion.calibration,
            weights_sha256=digest,
            normalisation=normalisation_of(finished.trained_on),
            data=_data(finished),
            metrics=side_car_metrics(conclusion.evaluation)
            | {"members_accuracy": list(conclusion.members)},
            training={
                "seed": finished.request.seed,
                "plan": plan.to_json(),
                "limit": dict(finished.request.limit),
                "seconds": round(finished.seconds, 1),
                **({"backbone": dict(finished.backbone)} if finished.backbone else {}),
            },
            code_version=CODE_VERSION,
            terms="; ".join(filter(None, (plan.terms, str(finished.backbone.get("terms", ""))))),
        ),
    )
    _write_artefacts(part, side_car, finished)
    part.rename(folder)
    return side_car


def _data(finished: Finished) -> dict[str, Any]:
    material, request = finished.material, finished.request
    return {
        "set": request.plan.data_set,
        **material.facts,
        "weights_trained_on": ["train", "valid"] if request.use_all else ["train"],
        "metrics_weights_trained_on": ["train"],
        "metrics_measured_on": material.held_out_side,
    }


def _write_artefacts(folder: Path, side_car: SideCar, finished: Finished) -> None:
    """Write what lies beside the weights: pictures, figures, the split, the request, the card."""
    conclusion = finished.conclusion
    evaluation, threshold = conclusion.evaluation, conclusion.calibration.threshold
    write_artefacts(folder, side_car.name, evaluation, conclusion.held_out, threshold)
    for name in (SPLIT_FILE, LEAKS_FILE):
        shutil.copyfile(folder.parent / name, folder / name)
    _write_json(folder / RUN_FILE, finished.request.to_json())
    _write_json(folder / RECIPE_FILE, finished.request.plan.to_json())
    if finished.history:  # what is fitted at once has no curves
        draw_curves(finished.history, side_car.name).save(folder / CURVES_FILE, optimize=True)
    facts = Facts(
        folder=folder,
        evaluation=evaluation,
        measured=conclusion.measured,
        command=command_of(finished.request),
        duration_s=finished.seconds,
        leaks=finished.material.leaks,
    )
    # for people's eyes: text that every viewer shows
    (folder / CARD_FILE).write_text(storable(model_card(side_car, facts)), "utf-8")


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    file.write_text(text + "\n", "utf-8", "surrogateescape")
