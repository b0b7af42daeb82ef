"""The answers of two models to the same held-out tracks, as far as they can be had."""

from dataclasses import dataclass
from pathlib import Path

from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.models.side_car import SideCar, read_side_car
from musicai.services.registry.asking import ask, learned_from
from musicai.services.registry.judgement import held_out_of
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
    notes: tuple[str, ...] = ()


def common_answers(
    settings: Settings, candidate: Path, active: Model, data: str | None = None
) -> CommonAnswers:
    """Read both models' held-out answers; what they lack they are asked now, where recordings are at hand.

    Parameters
    ----------
    candidate: its folder.
    data: source of the recordings; None: what the candidate was trained from.
    """
    theirs = held_out_of(candidate)
    try:
        folder = verified_folder(settings, active)
    except MusicAIError as err:
        return CommonAnswers(theirs, None, (str(err),))
    if theirs is None:
        return _ask_both(settings, candidate, folder, data)
    known, side_car = held_out_of(folder), read_side_car(folder)
    wanted = [
        name
        for name, label in zip(theirs.names, theirs.labels, strict=True)
        if theirs.genres[label] in side_car.genres
    ]
    if not wanted or (known is not None and set(wanted) <= set(known.names)):
        return CommonAnswers(theirs, known)
    source = data or _trained_from(read_side_car(candidate))
    if source is None:
        return CommonAnswers(theirs, known, (_advice(side_car, len(wanted)),))
    try:
        asked = ask(settings, folder, wanted, source)
    except MusicAIError as err:
        note = f"{side_car.name!r} could not be asked for the candidate's held-out tracks: {err}"
        return CommonAnswers(theirs, known, (note, _advice(side_car, len(wanted))))
    return CommonAnswers(theirs, asked, _doubts(folder, side_car, asked, source))


def _ask_both(settings: Settings, candidate: Path, active: Path, data: str | None) -> CommonAnswers:
    """Compare a model that came without held-out answers, as imported ones do, on the user's recordings."""
    if data is None:
        note = "give --data SOURCE with tracks that neither model has learned from, to compare them on"
        return CommonAnswers(None, held_out_of(active), (note,))
    try:
        theirs, ours = ask(settings, candidate, (), data), ask(settings, active, (), data)
    except MusicAIError as err:
        return CommonAnswers(None, None, (f"the models could not be asked for {data}: {err}",))
    both = [
        (folder, read_side_car(folder), answers)
        for folder, answers in ((candidate, theirs), (active, ours))
    ]
    notes = [
        note for folder, side_car, answers in both for note in _doubts(folder, side_car, answers, data)
    ]
    return CommonAnswers(theirs, ours, tuple(notes))


def _doubts(folder: Path, side_car: SideCar, asked: HeldOut, source: str) -> tuple[str, ...]:
    """Say where answers are from, and what makes them better than they are."""
    note = f"{side_car.name!r} was asked for {len(asked)} tracks of {source} now"
    learned = learned_from(folder, side_car, asked)
    if learned:
        return (f"{note}; it has learned from {learned} of them, which is to its advantage",)
    if learned is None:
        return (f"{note}; whether it has learned from any of them, nothing beside it says",)
    return (note,)


def _advice(side_car: SideCar, tracks: int) -> str:
    return (
        f"{side_car.name!r} has no answers to the candidate's {tracks} held-out tracks: "
        "--data SOURCE says where their recordings are"
    )


def _trained_from(side_car: SideCar) -> str | None:
    sources = side_car.data.get("sources", ())
    return str(sources[0]) if len(sources) == 1 else None
