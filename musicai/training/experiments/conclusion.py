"""What a trained row is worth: figures on every side, and its model's folder, as of any run."""

import json
import shutil
from pathlib import Path

from musicai.errors import TrainingError
from musicai.training.command import SPLIT_FILE
from musicai.training.conclusion import Conclusion, short_accuracy
from musicai.training.evaluation.confusion_picture import draw_confusion
from musicai.training.experiments.result import Accuracy, Result, write_result
from musicai.training.material import LEAKS_FILE
from musicai.training.model_folder import Finished, write_model_folder
from musicai.whole_file import replacing

MODEL_FOLDER = "model"


def conclude_row(finished: Finished, number: int, digest: str, folder: Path) -> Result:
    """Write the model of a row, its figures on the side valid, and its result.

    Parameters
    ----------
    finished: what it ends with; its conclusion measures the sides train and valid too.
    number, digest: see `Result`.
    folder: of the row, within that of all rows.

    Raises
    ------
    TrainingError: the folder cannot be written; the checkpoint stays.
    """
    result = _result(finished, number, digest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (SPLIT_FILE, LEAKS_FILE):  # of all rows
            shutil.copyfile(folder.parent / name, folder / name)
        write_model_folder(folder / MODEL_FOLDER, result.model, finished)
        _write_valid(finished.conclusion, result.model, folder)
        write_result(folder, result)
    except OSError as err:
        raise TrainingError(
            f"{folder} cannot be written ({err.strerror}); make room and start again: the checkpoint stays"
        ) from err
    return result


def _result(finished: Finished, number: int, digest: str) -> Result:
    conclusion, history = finished.conclusion, finished.history
    best = max(history, key=lambda epoch: epoch.test_accuracy or 0.0)
    return Result(
        number=number,
        digest=digest,
        split_sha256=finished.material.split.digest,
        model=finished.request.name,
        train=Accuracy(**short_accuracy(conclusion.sides["train"])),
        valid=Accuracy(**short_accuracy(conclusion.sides["valid"])),
        test=Accuracy(**short_accuracy(conclusion.evaluation)),
        best_valid=round(best.test_accuracy or 0.0, 4),
        best_epoch=best.epoch,
        seconds=finished.seconds,
        picture_size=finished.request.plan.front_end.picture_size or 0,
        front_end=finished.material.front_end.to_json(),
        history=[epoch.to_json() for epoch in history],
        data=finished.request.data[0],
    )


def _write_valid(conclusion: Conclusion, model: str, folder: Path) -> None:
    """Write what the report calls test; what it left alone is measured in the model's folder."""
    valid = conclusion.sides["valid"]
    draw_confusion(valid, model).save(folder / "confusion-valid.png", "PNG")
    with replacing(folder / "evaluation-valid.json") as part:
        part.write_text(json.dumps(valid.to_json()) + "\n", "utf-8")
