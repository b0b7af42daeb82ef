"""The files that an evaluation leaves beside a model."""

import json
from pathlib import Path

from musicai.errors import ConfigError
from musicai.training.evaluation.confusion_picture import draw_confusion
from musicai.training.evaluation.figures import Evaluation
from musicai.training.evaluation.held_out import FILE as HELD_OUT_FILE
from musicai.training.evaluation.held_out import HeldOut, write_held_out
from musicai.training.evaluation.reliability_picture import draw_reliability

EVALUATION_FILE = "evaluation.json"
CONFUSION_FILE = "confusion.png"
RELIABILITY_FILE = "reliability.png"


def write_artefacts(
    folder: Path, model: str, evaluation: Evaluation, held_out: HeldOut, threshold: float | None
) -> None:
    """Write figures, answers and both pictures; OSError when the folder cannot be written."""
    text = json.dumps(evaluation.to_json(), ensure_ascii=False)
    (folder / EVALUATION_FILE).write_text(text + "\n", "utf-8", "surrogateescape")
    write_held_out(folder / HELD_OUT_FILE, held_out)
    write_pictures(folder, model, evaluation, threshold)


def write_pictures(
    folder: Path, model: str, evaluation: Evaluation, threshold: float | None
) -> tuple[Path, Path]:
    """Write confusion matrix and reliability diagram; return the files."""
    confusion, reliability = folder / CONFUSION_FILE, folder / RELIABILITY_FILE
    draw_confusion(evaluation, model).save(confusion, "PNG", optimize=True)
    draw_reliability(evaluation, model, threshold).save(reliability, "PNG", optimize=True)
    return confusion, reliability


def read_evaluation(file: Path) -> Evaluation:
    """Read an evaluation; ConfigError names the file and what is wrong with it."""
    try:
        return Evaluation.from_json(json.loads(file.read_text("utf-8", "surrogateescape")))
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}") from err
    except ValueError as err:
        raise ConfigError(f"{file} is no JSON: {err}") from err
    except ConfigError as err:
        raise ConfigError(f"{file}: {err}") from err
