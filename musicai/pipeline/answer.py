"""What a worker found out about tracks, and how it gets into the catalogue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from musicai.catalogue import claims, correcting, ledger
from musicai.catalogue.claims import Handful
from musicai.catalogue.counters import CounterName
from musicai.catalogue.orders import TrackOrder, write_facts
from musicai.catalogue.predictions import NewPrediction, save_predictions
from musicai.errors import VanishedError
from musicai.states import UNKNOWN, TrackOutcome, TrackState


@dataclass(frozen=True)
class Answered:
    """The track has a prediction: a new one, or None when the same sound was answered for before.

    Parameters
    ----------
    facts: columns of the track that were read from the file.
    """

    order: TrackOrder
    facts: Mapping[str, Any]
    prediction: NewPrediction | None

    @property
    def outcome(self) -> TrackOutcome:
        """What became of the track."""
        unsure = self.prediction is not None and self.prediction.genre == UNKNOWN
        return TrackOutcome.UNKNOWN if unsure else TrackOutcome.DONE


@dataclass(frozen=True)
class Refused:
    """The track cannot be classified."""

    order: TrackOrder
    code: str
    reason: str

    @property
    def outcome(self) -> TrackOutcome:
        """What became of the track."""
        return TrackOutcome.FAILED

    @property
    def facts(self) -> Mapping[str, Any]:
        """Columns of the track that follow from it."""
        return {"state": TrackState.MISSING} if self.code == VanishedError.code else {}


Answer = Answered | Refused


Outcomes = Counter[tuple[CounterName, str]]
"""(name, label) -> how many tracks."""


def commit_answers(session: Session, handful: Handful, answers: Sequence[Answer]) -> Outcomes:
    """Write everything about a handful; what it did not reach waits again.

    Returns what became of how many tracks: of none when the claim was taken away meanwhile.
    """
    write_facts(session, [_facts(answer) for answer in answers if answer.facts])
    answered = [answer for answer in answers if isinstance(answer, Answered)]
    correcting.hear(session, [answer.order.track_id for answer in answered])
    save_predictions(session, [a.prediction for a in answered if a.prediction is not None])
    done = [answer.order.item_id for answer in answered]
    settled = ledger.settle_done(session, handful.job_id, handful.claim_id, done)
    for refused in answers:
        if isinstance(refused, Refused):
            settled += ledger.settle_failed(
                session,
                handful.job_id,
                handful.claim_id,
                refused.order.item_id,
                code=refused.code,
                reason=refused.reason,
            )
    if answers:
        ledger.set_fault(session, handful.job_id, None)
    claims.give_back(session, handful)
    ledger.close_if_finished(session, handful.job_id)
    return outcomes(answers if settled else ())


def outcomes(answers: Sequence[Answer]) -> Outcomes:
    """Return what became of how many tracks."""
    counts: Outcomes = Counter((CounterName.TRACKS, answer.outcome) for answer in answers)
    counts.update((CounterName.FAILURES, a.code) for a in answers if isinstance(a, Refused))
    return counts


def _facts(answer: Answer) -> dict[str, Any]:
    order = answer.order
    seen = {"seen_size": order.size, "seen_mtime_ns": order.mtime_ns}
    return {"id": order.track_id, **seen, **answer.facts}
