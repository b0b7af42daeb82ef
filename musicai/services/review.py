"""The answers that are most worth a person's look, with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from musicai.catalogue.query import doubts
from musicai.catalogue.query.question import Question, ask, find_model
from musicai.catalogue.tables import Correction, Model, Prediction, Score, Track
from musicai.config import Settings
from musicai.services.doubt_reasons import Reason, reasons_of
from musicai.services.query import COLUMNS, TrackRow, model_column, read_roots, to_track_row
from musicai.states import Doubt

MOST = 5000
"""Longest list that may be asked for: more than anybody reviews, and it is sorted in memory."""
_KINDS = {
    "uncertain": (Doubt.UNCERTAIN,),
    "disagree": (Doubt.EXCERPTS, Doubt.TAG, Doubt.MODEL, Doubt.CORRECTION, Doubt.STALE),
}
_LEAST_LOOKED_AT, _LOOKED_AT = 100, 5
"""Answers that are taken from each list, at least and for each one asked for: small doubts add up."""


@dataclass(frozen=True)
class Doubtful:
    """An answer that is worth a look.

    Parameters
    ----------
    row: as `musicai query` prints it.
    doubt: from 0 to 1, how much speaks against the answer; the reasons add up.
    margin: how far the best score is ahead of the second.
    discord: how far the excerpts are from one another, from 0 to 1.
    runner_up: the genre that came second, null when only one has a score worth keeping.
    reasons: why, the strongest first, see below.
    """

    row: TrackRow
    doubt: float
    margin: float
    discord: float
    runner_up: str | None
    reasons: list[Reason]

    def to_json(self) -> dict[str, Any]:
        """Return the keys of a query's row, and those of the doubt."""
        return {
            **self.row.to_json(),
            "doubt": self.doubt,
            "margin": self.margin,
            "discord": self.discord,
            "runner_up": self.runner_up,
            "reasons": [asdict(reason) for reason in self.reasons],
        }


def review(
    session: Session,
    settings: Settings,
    expression: str = "",
    *,
    by: str = "both",
    model: str = "",
    with_corrected: bool = False,
    limit: int = 20,
) -> list[Doubtful]:
    """Return the most doubtful answers of one model, the most doubtful first.

    Each kind of doubt contributes the head of an ordered index, so that the work is that of the limit and
    of what is passed over on the way there. Where next to nothing speaks against the answers, as when
    nearly all tags agree, all of the index of that kind is passed over, which grows with the catalogue.

    Parameters
    ----------
    by: 'uncertain', 'disagree' or 'both'.
    with_corrected: whether to list also what a person has already said something about.

    Raises
    ------
    QueryError: the expression is wrong at one place.
    NotFoundError: there is no such model.
    """
    asked = find_model(session, model or settings.model)
    if asked is None:
        return []
    kinds = [kind for name, of_name in _KINDS.items() if by in (name, "both") for kind in of_name]
    reviewing = _Review(session, ask(session, expression, model=asked.name), asked, kinds)
    found = reviewing.candidates(max(_LEAST_LOOKED_AT, _LOOKED_AT * limit), with_corrected=with_corrected)
    roots = read_roots(session, settings.mounts)
    doubtful = [_doubtful(row, roots, reasons) for row, reasons in reviewing.judged(found)]
    return sorted(doubtful, key=lambda d: (-d.doubt, d.row.library, d.row.path))[:limit]


@dataclass(frozen=True)
class _Review:
    """One look at the answers of a model, for some kinds of doubt."""

    session: Session
    question: Question
    model: Model
    kinds: Sequence[Doubt]

    def candidates(self, limit: int, *, with_corrected: bool) -> list[int]:
        """Return the ids of the predictions at the head of each list."""
        found: dict[int, None] = {}
        for kind in self.kinds:
            ids = doubts.most_doubtful(
                self.session, self.question, self.model, kind, with_corrected=with_corrected, limit=limit
            )
            found.update(dict.fromkeys(ids))
        return list(found)

    def judged(self, ids: Sequence[int]) -> Iterator[tuple[Row[Any], list[Reason]]]:
        """Yield each answer with the reasons to doubt it, if there are any."""
        for start in range(0, len(ids), MOST):
            portion = ids[start : start + MOST]
            others = doubts.contradictions(self.session, portion) if Doubt.MODEL in self.kinds else {}
            for row in self._read(portion):
                reasons = list(reasons_of(row, self.model, others.get(row.prediction_id)))
                if asked := [reason for reason in reasons if reason.reason in self.kinds]:
                    yield row, asked

    def _read(self, ids: Sequence[int]) -> Sequence[Row[Any]]:
        columns = (
            *COLUMNS,
            model_column(self.question),
            Prediction.id.label("prediction_id"),
            Prediction.margin,
            Prediction.discord,
            Prediction.excerpts,
            doubts.runner_up(Score.genre).label("runner_up"),
            doubts.runner_up(Score.score).label("second_score"),
            Correction.genre.label("said"),
            Correction.actor,
        )
        # by track too: SQLite would go through all tracks to look for these answers
        tracks = select(Prediction.track_id).where(Prediction.id.in_(ids))
        statement = self.question.select(*columns).where(Prediction.id.in_(ids), Track.id.in_(tracks))
        return self.session.execute(statement).all()


def _doubtful(row: Row[Any], roots: dict[str, bytes], reasons: list[Reason]) -> Doubtful:
    return Doubtful(
        row=to_track_row(row, roots[row.name]),
        doubt=1 - prod(1 - reason.strength for reason in reasons),
        margin=row.margin,
        discord=row.discord,
        runner_up=row.runner_up,
        reasons=sorted(reasons, key=lambda reason: -reason.strength),
    )
