"""The answers of two models to the same held-out tracks, as far as they can be had."""

from dataclasses import dataclass
from pathlib import Path

from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.services.registry.judgement import covers, held_out_of
from musicai.services.registry.lookup import verified_folder
from musicai.training.evaluation.held_out import HeldOut


@dataclass(frozen=True)
class CommonAnswers:
    """Answers of a candidate and of the active model.

    Parameters
    ----------
    notes: what one must know to trust the comparison, or to make it possible, in sentences.
    """

    candidate: HeldOut | None
    active: HeldOut | None
    notes: tuple[str, ...]


def common_answers(
    settings: Settings, candidate: Path, active: Model, data: str | None = None
) -> CommonAnswers:
    """Read both models' held-out answers; where the active one lacks some, ask it now if that is honest."""
    theirs = held_out_of(candidate)
    try:
        folder = verified_folder(settings, active)
    except MusicAIError as err:
        return CommonAnswers(theirs, None, (str(err),))
    known = held_out_of(folder)
    if theirs is None or covers(known, theirs):
        return CommonAnswers(theirs, known, ())
    return CommonAnswers(theirs, known, ())
