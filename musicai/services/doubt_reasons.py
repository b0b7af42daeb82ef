"""Why an answer is doubtful, in words and with a strength."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from musicai.catalogue.query.doubts import LEAST_DISCORD
from musicai.catalogue.query.genre_key import genre_key, genre_keys
from musicai.catalogue.tables import Model
from musicai.states import UNKNOWN, CorrectionState, Doubt

WAVERING = 0.3
"""Margin below which a model wavers between two genres."""


@dataclass(frozen=True)
class Reason:
    """One reason to doubt an answer."""

    reason: Doubt
    """The kind of doubt, see below."""
    strength: float
    """How strong it is, from 0 to 1."""
    text: str
    """The same in words."""


def reasons_of(row: Row[Any], model: Model, other: Row[Any] | None) -> Iterator[Reason]:
    """Yield what speaks against an answer.

    Parameters
    ----------
    row: the columns of `musicai.services.review`.
    model: whose answer it is.
    other: the surest contradiction of another model.
    """
    if row.corrected == CorrectionState.STALE:
        yield Reason(Doubt.STALE, 1.0, f"{row.actor} said {row.said}, but the sound changed since")
    if row.genre == UNKNOWN or row.margin < WAVERING:
        yield Reason(Doubt.UNCERTAIN, 1 - row.margin, _between(row))
    if row.discord >= LEAST_DISCORD and (votes := _votes(row.excerpts)):
        yield Reason(Doubt.EXCERPTS, row.discord, f"excerpts: {votes}")
    if row.genre == UNKNOWN:
        # which says nothing, and so contradicts nobody
        return
    if _contradicts(row.tag, row.genre, model):
        yield Reason(Doubt.TAG, row.confidence, f"the tag says {row.tag}")
    if other is not None:
        strength = min(row.confidence, other.confidence)
        text = f"{other.model} heard {other.genre} {other.confidence:.2f}"
        yield Reason(Doubt.MODEL, strength, text)
    if row.correction and genre_key(row.correction) != genre_key(row.genre):
        yield Reason(Doubt.CORRECTION, row.confidence, f"{row.actor} said {row.correction}")


def _between(row: Row[Any]) -> str:
    best = f"{row.guess} {row.confidence:.2f}"
    return best if row.runner_up is None else f"{best} or {row.runner_up} {row.second_score:.2f}"


def _votes(excerpts: list[dict[str, Any]]) -> str:
    """Return '2 jazz, 1 rock'; nothing when the best genre of all excerpts is the same."""
    votes = Counter(
        max(scores, key=lambda genre: scores[genre]) for e in excerpts if (scores := e["scores"])
    )
    return ", ".join(f"{count} {genre}" for genre, count in votes.most_common()) if len(votes) > 1 else ""


def _contradicts(tag: str | None, genre: str, model: Model) -> bool:
    """Whether a tag names genres that the model knows, and not this one."""
    named = set(genre_keys(tag or "").split(";"))
    known = {genre_key(name) for name in model.side_car.get("genres", ())}
    return bool(named & known) and genre_key(genre) not in named
