"""Asking a model for held-out tracks that it never answered, where the recordings are at hand."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from musicai.config import Settings
from musicai.models.side_car import SideCar
from musicai.services.evaluate import evaluate_model
from musicai.training.evaluation.held_out import HeldOut, read_held_out
from musicai.training.evaluation.request import EvaluationRequest
from musicai.training.split import read_split_file
from musicai.training.split.split import is_split_file

SPLIT_FILE = "split.txt"
"""The split that a model was trained with, beside its weights."""


def ask(settings: Settings, folder: Path, names: Sequence[str], data: str) -> HeldOut:
    """Return a model's answers to the named tracks of a source, or to all that it holds.

    Raises
    ------
    MusicAIError: the source, or a track of it, cannot be read.
    """
    with tempfile.TemporaryDirectory() as place:
        listed, answers = Path(place) / "names.txt", Path(place) / "answers.json"
        listed.write_text("".join(f"{name}\n" for name in names), "utf-8", errors="surrogateescape")
        request = EvaluationRequest(
            model=str(folder),
            data=data,
            split=str(listed) if names else "",
            look_for_leaks=False,
            answers=str(answers),
        )
        evaluate_model(settings, request)
        return _as_listed(read_held_out(answers), names)


def learned_from(folder: Path, side_car: SideCar, listed: HeldOut) -> int | None:
    """Return how many of the tracks a model has learned from; None when nothing says so.

    Tracks are known by the names in the split that it was trained with.
    """
    if not (folder / SPLIT_FILE).is_file() or not is_split_file(folder / SPLIT_FILE):
        return None
    split = read_split_file(folder / SPLIT_FILE)
    sides = side_car.data.get("weights_trained_on", ["train"])
    learned = {name for side in sides for name in getattr(split, side, ())}
    return len(learned & set(listed.names))


def _as_listed(answers: HeldOut, names: Sequence[str]) -> HeldOut:
    """Return the answers under the names of the list, which may leave the folder of the genre out."""
    listed = {PurePosixPath(name).name: name for name in names}
    if not names or set(names) <= set(answers.names) or len(listed) < len(names):
        return answers
    renamed = tuple(listed.get(PurePosixPath(name).name, name) for name in answers.names)
    return replace(answers, names=renamed)
