"""Rows that have served their time: deleted in small batches, so that nobody waits for long.

What answers questions stays: jobs with their totals, failed items (the quarantine, and what `jobs retry`
goes by), predictions, corrections, models and what was done to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Epoch, Firing, Item, Job, Run
from musicai.states import ItemState, JobState, RunState

AT_ONCE = 2000
"""Rows of a kind that one transaction deletes: about a tenth of a second."""
JOBS_AT_ONCE = 200
"""Jobs that one transaction looks at: most of a catalogue that is scanned again and again have no rows."""
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


class Place(NamedTuple):
    """How far a walk over the jobs is: what lies before it is dealt with, and is not looked at again."""

    job_id: int = 0
    track_id: int = 0
    """Of the items of that job; they are walked over in the order of the index that holds them."""


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


def retire_jobs(session: Session, before: datetime, place: Place) -> tuple[Rows, Place | None]:
    """Delete one batch of details of the jobs that ended before an instant.

    Parameters
    ----------
    place: where the last batch of this walk ended; a new walk begins at `Place()`.

    Returns
    -------
    What was deleted, perhaps nothing, and where to go on; None when no job is left.
    """
    jobs = _next_jobs(session, before, place.job_id)
    if not jobs:
        return Rows(), None
    epochs = _delete_epochs(session, jobs)
    if epochs == AT_ONCE:
        return Rows(epochs=epochs), place
    items, place = _delete_items(session, jobs, place)
    over = [job_id for job_id in jobs if job_id < place.job_id]
    session.execute(update(Job).where(Job.id.in_(over)).values(retired_at=shared_now(session)))
    return Rows(items, epochs), place


def retire_firings(session: Session, before: datetime) -> int:
    """Delete one batch of the firings that ended before an instant; 0 when none is left."""
    old = _firings(before).limit(AT_ONCE)
    return ledger.changed(session, delete(Firing).where(Firing.id.in_(old)))


def _next_jobs(session: Session, before: datetime, first: int) -> Sequence[int]:
    # skip_locked: two that tidy at once share the jobs between them
    query = _jobs(before).where(Job.id >= first).order_by(Job.id).limit(JOBS_AT_ONCE)
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def _delete_epochs(session: Session, jobs: Sequence[int]) -> int:
    vain = select(Epoch.run_id, Epoch.epoch).where(_epochs_of(select(Job.id).where(Job.id.in_(jobs))))
    some = tuple_(Epoch.run_id, Epoch.epoch).in_(vain.limit(AT_ONCE))
    return ledger.changed(session, delete(Epoch).where(some))


def _delete_items(session: Session, jobs: Sequence[int], place: Place) -> tuple[int, Place]:
    """Delete settled items of the first jobs that have any; return how many, and where that ended."""
    deleted = 0
    while (job_id := _first_with_items(session, jobs, place)) is not None:
        after = place.track_id if job_id == place.job_id else 0
        tracks = _delete_of(session, job_id, after, AT_ONCE - deleted)
        deleted += len(tracks)
        if deleted == AT_ONCE:
            return deleted, Place(job_id, max(tracks))
        place = Place(job_id + 1)
    return deleted, Place(jobs[-1] + 1)


def _first_with_items(session: Session, jobs: Sequence[int], place: Place) -> int | None:
    begun = case((Job.id == place.job_id, place.track_id), else_=0)
    rest = (Item.job_id == Job.id, Item.track_id > begun, _SETTLED)
    # for each job by the index of its items: a join might read all the items that there are
    has_items = select(Item.id).where(*rest).limit(1).scalar_subquery().is_not(None)
    query = select(Job.id).where(Job.id.in_(jobs), Job.id >= place.job_id, has_items)
    return session.scalars(query.order_by(Job.id).limit(1)).first()


def _delete_of(session: Session, job_id: int, after: int, limit: int) -> Sequence[int]:
    """Delete settled items of a job, in the order of their tracks; return these."""
    # failed items stay: without the cursor each batch would read those of all batches before it
    rest = select(Item.id).where(Item.job_id == job_id, Item.track_id > after, _SETTLED)
    some = rest.order_by(Item.track_id).limit(limit)
    return session.scalars(delete(Item).where(Item.id.in_(some)).returning(Item.track_id)).all()


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
