"""Which genres flow where when another model answers: the sums over tracks that it was asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row

from musicai.states import UNKNOWN

MOST_SHOWN = 20


@dataclass(frozen=True)
class Flow:
    """Tracks that go from one genre to another, or stay where they are.

    Parameters
    ----------
    before: what the catalogue says now.
    after: what the other model would say.
    tracks: how many.
    """

    before: str
    after: str
    tracks: int


@dataclass(frozen=True)
class Change:
    """A track that would get another genre.

    Parameters
    ----------
    library: name of its library.
    path: within the library.
    before, confidence_before: what the catalogue says now, and how sure it is of its guess.
    after, confidence_after: what the other model would say, and how sure it is of its guess.
    """

    library: str
    path: str
    before: str
    confidence_before: float
    after: str
    confidence_after: float


@dataclass(frozen=True)
class WhatIf:
    """What would change if another model answered.

    Parameters
    ----------
    model: the model that was asked.
    active: the model whose answers stand in the catalogue.
    tracks: how many tracks were asked for.
    of: how many the question has; those that were asked for are a random sample of them.
    cached: how many of them needed no decoding.
    failed: tracks that could not be heard: path -> reason.
    changed: how many would get another genre, or lose theirs to 'unknown', or the other way round.
    unknown_before, unknown_after: share of tracks that are 'unknown', now and then.
    confidence_before, confidence_after: mean confidence of the guess, now and then.
    flows: from which genre to which, the largest first; also those that stay.
    most_changed: the tracks whose genre would change with the greatest confidence on both sides.
    """

    model: str
    active: str
    tracks: int
    of: int
    cached: int
    failed: dict[str, str]
    changed: int
    unknown_before: float
    unknown_after: float
    confidence_before: float
    confidence_after: float
    flows: list[Flow]
    most_changed: list[Change]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


def summed(
    model: str, active: str, of: int, rows: Sequence[Row[Any]], answers: Sequence[Mapping[str, Any]]
) -> WhatIf:
    """Return the sums over rows of the catalogue and a model's answers for the same tracks."""
    pairs = [(row, found) for row, found in zip(rows, answers, strict=True) if "error" not in found]
    heard = max(1, len(pairs))
    flows = Counter((row.genre, found["genre"]) for row, found in pairs)
    return WhatIf(
        model=model,
        active=active,
        tracks=len(pairs),
        of=of,
        cached=sum(found["cached"] for _, found in pairs),
        failed={r.path: f["error"] for r, f in zip(rows, answers, strict=True) if "error" in f},
        changed=sum(count for (before, after), count in flows.items() if before != after),
        unknown_before=round(sum(row.genre == UNKNOWN for row, _ in pairs) / heard, 4),
        unknown_after=round(sum(found["genre"] == UNKNOWN for _, found in pairs) / heard, 4),
        confidence_before=round(sum(row.confidence for row, _ in pairs) / heard, 4),
        confidence_after=round(sum(found["confidence"] for _, found in pairs) / heard, 4),
        flows=[Flow(before, after, count) for (before, after), count in flows.most_common()],
        most_changed=_most_changed(pairs),
    )


def _most_changed(pairs: Sequence[tuple[Row[Any], Mapping[str, Any]]]) -> list[Change]:
    changes = [
        Change(row.library, row.path, row.genre, row.confidence, found["genre"], found["confidence"])
        for row, found in pairs
        if row.genre != found["genre"]
    ]

    def weight(change: Change) -> tuple[bool, float]:
        between_genres = UNKNOWN not in (change.before, change.after)
        return between_genres, min(change.confidence_before, change.confidence_after)

    return sorted(changes, key=weight, reverse=True)[:MOST_SHOWN]
