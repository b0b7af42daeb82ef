"""Rows that have served their time: deleted in small batches, so that nobody waits for long.

What answers questions stays: jobs with their totals, failed items (the quarantine, and what `jobs retry`
goes by), predictions, corrections, models and what was done to them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.session import now
from musicai.catalogue.tables import Epoch, Firing, Item, Job, Run
from musicai.states import ItemState, JobState, RunState

AT_ONCE = 2000
"""Rows that one transaction deletes: about a tenth of a second."""
_ENDED = Job.state.in_((JobState.DONE, JobState.CANCELLED))
_SETTLED = Item.state.in_((ItemState.DONE, ItemState.CANCELLED))
_IN_VAIN = Run.state.in_((RunState.FAILED, RunState.CANCELLED))


@dataclass(frozen=True)
class Rows:
    """Numbers of rows, by kind.

    Parameters
    ----------
    items: of ended jobs, classified or cancelled.
    epochs: of runs that failed or were cancelled, all but the last of each.
    firings: of schedules, all but the latest of each.
    """

    items: int = 0
    epochs: int = 0
    firings: int = 0

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(self.items + other.items, self.epochs + other.epochs, self.firings + other.firings)

    @property
    def total(self) -> int:
        """All of them."""
        return self.items + self.epochs + self.firings


def count(session: Session, jobs_before: datetime | None, firings_before: datetime | None) -> Rows:
    """Return how many rows would go."""
    rows = Rows()
    if jobs_before is not None:
        jobs = _jobs(jobs_before)
        items = _number(session, select(Item.id).where(Item.job_id.in_(jobs), _SETTLED))
        rows += Rows(items, _number(session, select(Epoch.epoch).where(_epochs_of(jobs))))
    if firings_before is not None:
        rows += Rows(firings=_number(session, _firings(firings_before)))
    return rows


def _number(session: Session, query: Select[int]) -> int:
    return session.scalars(select(func.count()).select_from(query.subquery())).one()


def retire_some(session: Session, jobs_before: datetime | None, firings_before: datetime | None) -> Rows:
    """Delete one batch; no rows when nothing is left to delete.

    Parameters
    ----------
    jobs_before: jobs that ended before this instant lose their details; None for none of them.
    firings_before: firings that ended before this instant go; None for none.
    """
    if jobs_before is not None and (rows := _retire_job(session, jobs_before)) is not None:
        return rows
    if firings_before is None:
        return Rows()
    old = _firings(firings_before).limit(AT_ONCE)
    return Rows(firings=ledger.changed(session, delete(Firing).where(Firing.id.in_(old))))


def _retire_job(session: Session, before: datetime) -> Rows | None:
    """Delete some rows of the oldest job that has any; None when no job is left."""
    while True:
        # skip_locked: two that tidy at once share the jobs between them
        query = _jobs(before).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        job_id = session.scalars(query).first()
        if job_id is None:
            return None
        some = select(Item.id).where(Item.job_id == job_id, _SETTLED).limit(AT_ONCE)
        items = ledger.changed(session, delete(Item).where(Item.id.in_(some)))
        if items == AT_ONCE:
            return Rows(items=items)
        vain = _epochs_of(select(Job.id).where(Job.id == job_id))
        epochs = ledger.changed(session, delete(Epoch).where(vain))
        session.execute(update(Job).where(Job.id == job_id).values(retired_at=now()))
        if items or epochs:
            return Rows(items, epochs)


def _jobs(before: datetime) -> Select[int]:
    """Return the ended jobs whose details were not retired yet."""
    return select(Job.id).where(_ENDED, Job.ended_at < before, Job.retired_at.is_(None))


def _epochs_of(jobs: Select[int]) -> ColumnElement[bool]:
    last = exists().where(Run.id == Epoch.run_id, Run.epoch == Epoch.epoch)
    runs = select(Run.id).where(Run.job_id.in_(jobs), _IN_VAIN)
    return and_(Epoch.run_id.in_(runs), ~last)


def _firings(before: datetime) -> Select[int]:
    latest = select(func.max(Firing.id)).group_by(Firing.schedule_id)
    ended = or_(Firing.ended_at < before, and_(Firing.ended_at.is_(None), _job_ended(before)))
    return select(Firing.id).where(ended, Firing.id.not_in(latest))


def _job_ended(before: datetime) -> ColumnElement[bool]:
    """Return the condition for firings whose job tells how they went on."""
    return exists().where(Job.id == Firing.job_id, _ENDED, Job.ended_at < before)
