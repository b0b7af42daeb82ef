"""The answers of two models to the same held-out tracks, as far as they can be had."""

from dataclasses import dataclass, replace
from pathlib import Path

from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.models.side_car import SideCar, read_side_car
from musicai.services.registry.asking import ask
from musicai.services.registry.lookup import verified_folder
from musicai.services.registry.provenance import advantage, warnings_of
from musicai.training.evaluation.doubts import listed as named_genres
from musicai.training.evaluation.held_out import FILE, HeldOut, read_held_out


@dataclass(frozen=True)
class CommonAnswers:
    """Answers of a candidate and of the active model.

    Parameters
    ----------
    incomparable: why no track can be compared, when their genres forbid it; else empty.
    notes: what one must know to trust the comparison, or to make it possible, in sentences.
    """

    candidate: HeldOut | None
    active: HeldOut | None
    notes: tuple[str, ...] = ()
    incomparable: str = ""

    def noting(self, *notes: str) -> "CommonAnswers":
        """Return the same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def common_answers(
    settings: Settings, candidate: Path, active: Model, data: str | None = None
) -> CommonAnswers:
    """Read both models' held-out answers; what they lack they are asked now, where recordings are at hand.

    Parameters
    ----------
    candidate: its folder.
    data: source of the recordings; None: what the candidate was trained from.
    """
    try:
        folder = verified_folder(settings, active)
        kept = CommonAnswers(_held_out_of(candidate), _held_out_of(folder))
    except MusicAIError as err:
        return CommonAnswers(None, None, (str(err),))
    if kept.candidate is None:
        return _ask_both(settings, candidate, folder, data)
    side_car, source = read_side_car(folder), data or _trained_from(read_side_car(candidate))
    wanted = _known_to(side_car, kept.candidate)
    unknown = _unknown_to(side_car, kept.candidate)
    if not wanted:
        nothing = f"{unknown}: the models have no held-out tracks of a genre that both know"
        return replace(kept, incomparable=nothing).noting(*warnings_of(candidate))
    if unknown:
        kept = kept.noting(f"{unknown}: held-out tracks of that are not compared")
    if kept.active is not None and set(wanted) <= set(kept.active.names):
        return kept.noting(*_other_split(kept), *warnings_of(candidate))
    asked = _ask_active(settings, folder, kept, wanted, source)
    return asked.noting(*warnings_of(candidate))


def _ask_active(
    settings: Settings, folder: Path, kept: CommonAnswers, wanted: list[str], source: str | None
) -> CommonAnswers:
    """Ask the active model for the candidate's held-out tracks, where their recordings are at hand."""
    side_car = read_side_car(folder)
    advice = (
        f"{side_car.name!r} has no answers to all of the candidate's {len(wanted)} held-out tracks: "
        "--data SOURCE says where their recordings are"
    )
    if source is None:
        return kept.noting(advice)
    try:
        asked = ask(settings, folder, wanted, source)
    except MusicAIError as err:
        return kept.noting(f"{side_car.name!r} could not be asked for them: {err}", advice)
    found = replace(kept, active=asked)
    return found.noting(advantage(folder, side_car, asked, source))


def _ask_both(settings: Settings, candidate: Path, active: Path, data: str | None) -> CommonAnswers:
    """Compare a model that came without held-out answers, as imported ones do, on the user's recordings."""
    if data is None:
        return CommonAnswers(
            None,
            _held_out_of(active),
            ("give --data SOURCE with tracks that neither model has learned from, to compare them on",),
        )
    try:
        theirs, ours = ask(settings, candidate, (), data), ask(settings, active, (), data)
    except MusicAIError as err:
        return CommonAnswers(None, None, (f"the models could not be asked for {data}: {err}",))
    both = ((candidate, theirs), (active, ours))
    notes = [advantage(folder, read_side_car(folder), answers, data) for folder, answers in both]
    return CommonAnswers(theirs, ours, tuple(notes))


def _held_out_of(folder: Path) -> HeldOut | None:
    """Return the answers beside a model; None when there are none. ConfigError when they are damaged."""
    return read_held_out(folder / FILE) if (folder / FILE).exists() else None


def _known_to(side_car: SideCar, listed: HeldOut) -> list[str]:
    """Return the tracks of the genres that a model knows."""
    labels = zip(listed.names, listed.labels, strict=True)
    return [name for name, label in labels if listed.genres[label] in side_car.genres]


def _unknown_to(side_car: SideCar, listed: HeldOut) -> str:
    """Say which genres of the held-out tracks a model does not know; empty when it knows all."""
    genres = [listed.genres[label] for label in sorted(set(listed.labels.tolist()))]
    unknown = [genre for genre in genres if genre not in side_car.genres]
    return f"{side_car.name!r} does not know {named_genres(unknown)}" if unknown else ""


def _other_split(kept: CommonAnswers) -> tuple[str, ...]:
    digests = {answers.split_sha256 for answers in (kept.candidate, kept.active) if answers}
    if len(digests) < 2 or "" in digests:
        return ()
    return ("the models were held out by different splits; tracks of the same name are taken for the same",)


def _trained_from(side_car: SideCar) -> str | None:
    sources = side_car.data.get("sources", ())
    return str(sources[0]) if len(sources) == 1 else None
