"""What a trained row is worth: figures on every side, the model's folder, pictures."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai.errors import TrainingError
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.training.code_version import CODE_VERSION
from musicai.training.conclusion import Calibrated, calibrate, short_accuracy
from musicai.training.dataset import Dataset
from musicai.training.epoch_report import EpochReport
from musicai.training.evaluation.confusion_picture import draw_confusion
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Evaluation
from musicai.training.evaluation.summary import side_car_metrics
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.result import Accuracy, Result, write_result
from musicai.training.experiments.row import Row
from musicai.training.experiments.sides import Sides
from musicai.training.journal import CURVES_FILE, draw_curves
from musicai.training.loop import logits_of
from musicai.training.metrics import softmax
from musicai.training.normalisation import normalisation_of
from musicai.whole_file import replacing

MODEL_FOLDER = "model"


@dataclass(frozen=True)
class Trained:
    """A row whose network has learned.

    Parameters
    ----------
    learn: the clips that it learned from: the side train, with genres held small.
    """

    file: ExperimentFile
    number: int
    network: nn.Module
    learn: Dataset
    sides: Sides
    history: tuple[EpochReport, ...]

    @property
    def row(self) -> Row:
        """Its settings."""
        return self.file.rows[self.number - 1]


def conclude(trained: Trained, folder: Path) -> Result:
    """Measure a network, and write its model, its pictures and its result.

    Raises
    ------
    TrainingError: the folder cannot be written; the checkpoint stays.
    """
    logits = _logits(trained)
    calibrated = calibrate(logits["valid"], trained.sides.valid)
    calibration = calibrated.calibration
    found = _evaluations(trained, logits, calibrated)
    result = _result(trained, found)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # of an attempt that ended before its result was written
        shutil.rmtree(folder / MODEL_FOLDER, ignore_errors=True)
        _write_model(trained, folder / MODEL_FOLDER, result, calibration, found["test"])
        _draw(trained, folder, result, found)
        write_result(folder, result)
    except OSError as err:
        raise TrainingError(
            f"{folder} cannot be written ({err.strerror}); make room and start again: the checkpoint stays"
        ) from err
    return result


def _logits(trained: Trained) -> dict[str, NDArray[np.float32]]:
    sides, normalisation = trained.sides, normalisation_of(trained.learn)
    each = {"train": trained.learn, "valid": sides.valid, "test": sides.test}
    return {
        name: logits_of(trained.network, data, normalisation=normalisation) for name, data in each.items()
    }


def _evaluations(
    trained: Trained, logits: Mapping[str, NDArray[np.float32]], calibrated: Calibrated
) -> dict[str, Evaluation]:
    each = {"train": trained.learn, "valid": trained.sides.valid, "test": trained.sides.test}
    doubts = (*trained.sides.leaks, *calibrated.doubts)
    return {
        name: evaluate(
            softmax(logits[name], calibrated.calibration.temperature),
            data.labels,
            data.ids,
            data.genres,
            leaks=() if name == "train" else doubts,
        )
        for name, data in each.items()
    }


def _result(trained: Trained, found: Mapping[str, Evaluation]) -> Result:
    file, number, history = trained.file, trained.number, trained.history
    best = max(history, key=lambda epoch: epoch.test_accuracy or 0.0)
    return Result(
        number=number,
        digest=file.digest(number),
        split_sha256=trained.sides.split.digest,
        model=file.model_name(number),
        train=Accuracy(**short_accuracy(found["train"])),
        valid=Accuracy(**short_accuracy(found["valid"])),
        test=Accuracy(**short_accuracy(found["test"])),
        best_valid=round(best.test_accuracy or 0.0, 4),
        best_epoch=best.epoch,
        seconds=round(sum(epoch.seconds for epoch in history), 1),
        picture_size=file.size,
        front_end=trained.sides.front_end.to_json(),
        history=[epoch.to_json() for epoch in history],
    )


def _write_model(
    trained: Trained, folder: Path, result: Result, calibration: Calibration, test: Evaluation
) -> None:
    file, row, split = trained.file, trained.row, trained.sides.split
    recipe = row.recipe(file.size)
    write_model(
        folder,
        trained.network,
        lambda digest: SideCar(
            name=result.model,
            architecture=Architecture(recipe.architecture, recipe.arguments),
            front_end=trained.sides.front_end,
            genres=trained.learn.genres,
            calibration=calibration,
            weights_sha256=digest,
            normalisation=normalisation_of(trained.learn),
            data={
                "set": file.data_set,
                "split": dict(split.provenance),
                "split_sha256": split.digest,
                "limit": dict(row.limit),
                "unreadable": list(trained.sides.unreadable),
                "metrics_measured_on": "test",
            },
            metrics=side_car_metrics(test),
            training={"seed": row.seed, "recipe": recipe.to_json(), "seconds": result.seconds},
            code_version=CODE_VERSION,
            terms=file.terms,
        ),
    )


def _draw(trained: Trained, folder: Path, result: Result, found: Mapping[str, Evaluation]) -> None:
    draw_curves(trained.history, result.model).save(folder / CURVES_FILE, "PNG")
    for side in ("valid", "test"):
        draw_confusion(found[side], result.model).save(folder / f"confusion-{side}.png", "PNG")
        with replacing(folder / f"evaluation-{side}.json") as part:
            part.write_text(json.dumps(found[side].to_json()) + "\n", "utf-8")
