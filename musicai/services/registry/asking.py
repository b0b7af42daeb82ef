"""Asking a model for held-out tracks that it never answered, where the recordings are at hand."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from musicai.config import Settings
from musicai.services.evaluate import evaluate_model
from musicai.training.evaluation.held_out import HeldOut, read_held_out
from musicai.training.evaluation.request import EvaluationRequest


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


def _as_listed(answers: HeldOut, names: Sequence[str]) -> HeldOut:
    """Return the answers under the names of the list, which may leave the folder of the genre out."""
    listed = {PurePosixPath(name).name: name for name in names}
    if not names or set(names) <= set(answers.names) or len(listed) < len(names):
        return answers
    renamed = tuple(listed.get(PurePosixPath(name).name, name) for name in answers.names)
    return replace(answers, names=renamed)
