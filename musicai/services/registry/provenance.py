"""What a model has learned from, as far as it is known, and what makes its figures doubtful."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError
from musicai.models.side_car import SideCar
from musicai.training.evaluation.artefacts import EVALUATION_FILE, read_evaluation
from musicai.training.evaluation.held_out import HeldOut
from musicai.training.evaluation.learned import learned_from, told

LEAKS_FILE = "leaks.json"
"""What stands on two sides of the split of a model, beside its weights."""

_SAME = ("audio_hash", "sound")


def advantage(folder: Path, side_car: SideCar, asked: HeldOut, source: str) -> str:
    """Say that a model was asked now, and whether it has learned from what it was asked for."""
    said = f"{side_car.name!r} was asked for {len(asked)} tracks of {source} now"
    learned = learned_from(folder, side_car, asked.names)
    if learned:
        return f"{said}; it has learned from {learned} of them, which is to its advantage"
    if learned is None:
        return f"{said}; it {told(side_car)}: tracks of that are to its advantage"
    return said


def warnings_of(folder: Path) -> tuple[str, ...]:
    """Return what the evaluation beside a model found doubtful: leaks, short lists, a backbone."""
    if not (folder / EVALUATION_FILE).is_file():
        return ()
    try:
        return tuple(f"candidate: {text}" for text in read_evaluation(folder / EVALUATION_FILE).warnings)
    except ConfigError as err:
        return (str(err),)


def leaks_against(folder: Path, side_car: Mapping[str, Any]) -> tuple[str, ...]:
    """Say when a model was trained on what it was then measured on: its figures prove nothing.

    The same artist on both sides is a doubt, and forbids nothing.

    Parameters
    ----------
    side_car: of the catalogue, for files may have been changed since.
    """
    data = side_car.get("data", {})
    counts = data.get("leaks")
    found = sum(counts.get(reason, 0) for reason in _SAME) if isinstance(counts, Mapping) else 0
    side = data.get("metrics_measured_on")
    touching = _touching(folder / LEAKS_FILE, side) if found else 0
    count = found if touching is None else touching
    if not count:
        return ()
    return (
        f"{count} {'sound stands' if count == 1 else 'sounds stand'} on both sides of the candidate's "
        f"split ({side or 'held out'} and another one), so its figures flatter: "
        "`musicai dataset leaks` names them in its data",
    )


def _touching(file: Path, side: Any) -> int | None:
    """Return how many of the leaks touch the held-out side; None when nothing beside the model says so."""
    try:
        report = json.loads(file.read_text("utf-8", errors="surrogateescape"))
        if side not in report["examples"]:
            return None
        return sum(leak["reason"] in _SAME and side in leak["names"] for leak in report["leaks"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
