"""Schedules and their firings: who fires which, what is to be sent, what came of it.

A firing is written in the transaction that moves its schedule on, so that it exists exactly once however
many schedulers there are; its message is sent after the commit, and again while nobody has taken it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Firing, Job, Schedule
from musicai.errors import NotFoundError, StateError
from musicai.states import FiringCause, FiringState, JobState, ScheduleKind, ScheduleState

BUILT_IN = "reconcile"
"""The schedule that every catalogue begins with."""
KEPT = 1000
"""Most firings that the history of a schedule holds: one that nobody works on fires in vain for years."""

OPEN = (FiringState.WAITING, FiringState.SENT)
"""States of firings that no worker has taken up."""


@dataclass(frozen=True)
class Due:
    """Why a schedule fires now.

    Parameters
    ----------
    due_at: the instant of the timetable that it is about.
    missed: instants that passed with nobody there to fire in time.
    missed_since: the first of them.
    """

    due_at: datetime
    cause: FiringCause
    missed: int = 0
    missed_since: datetime | None = None


def add(session: Session, schedule: Schedule) -> Schedule:
    """Add a schedule; StateError when there is one of its name."""
    if session.scalars(select(Schedule.id).where(Schedule.name == schedule.name)).first() is not None:
        raise StateError(
            f"there is a schedule {schedule.name!r} already: choose another --name, or take it out with "
            f"`musicai schedule remove {schedule.name}`"
        )
    session.add(schedule)
    session.flush()
    return schedule


def named(session: Session, name: str, *, lock: bool = False) -> Schedule:
    """Return a schedule; with `lock`, hold its row until the transaction ends."""
    query = select(Schedule).where(Schedule.name == name)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFoundError(
            f"there is no schedule {name!r}: `musicai schedule list` shows the ones there are"
        )
    return found


def every(session: Session) -> Sequence[Schedule]:
    """Return all schedules, the next one first, then those that do not fire."""
    return session.scalars(select(Schedule).order_by(Schedule.next_at.nulls_last(), Schedule.name)).all()


def active(session: Session) -> Sequence[Schedule]:
    """Return the schedules that fire by themselves, the next one first."""
    query = select(Schedule).where(Schedule.state == ScheduleState.ACTIVE, Schedule.next_at.is_not(None))
    return session.scalars(query.order_by(Schedule.next_at)).all()


def move_on(session: Session, schedule: Schedule, next_at: datetime | None, moment: datetime) -> bool:
    """Set when a schedule fires next; False when another scheduler, or a person, was quicker.

    Whoever gets True has the firing, and writes it in the same transaction. A schedule that has no next
    instant has ended.
    """
    values: dict[str, Any] = {"next_at": next_at, "reckoned_at": moment}
    if next_at is None:
        values["state"] = ScheduleState.ENDED
    ours = update(Schedule).where(
        Schedule.id == schedule.id,
        Schedule.state == ScheduleState.ACTIVE,
        Schedule.next_at == schedule.next_at,
    )
    return ledger.changed(session, ours.values(values)) == 1


def add_firing(session: Session, schedule_id: int, due: Due, moment: datetime) -> Firing:
    """Add a firing that nobody was told of yet, and retire the oldest ones."""
    firing = Firing(
        schedule_id=schedule_id,
        due_at=due.due_at,
        fired_at=moment,
        cause=due.cause,
        missed=due.missed,
        missed_since=due.missed_since,
        state=FiringState.WAITING,
        outcome={},
    )
    session.add(firing)
    session.flush()
    _retire(session, schedule_id)
    return firing


def _retire(session: Session, schedule_id: int) -> None:
    kept = select(Firing.id).where(Firing.schedule_id == schedule_id).order_by(Firing.id.desc()).limit(KEPT)
    oldest = select(func.min(kept.subquery().c.id)).scalar_subquery()
    # one that is not over keeps the next ones from piling up, however many those are
    old = (Firing.schedule_id == schedule_id, Firing.id < oldest, ~_is_at_work())
    session.execute(delete(Firing).where(*old))


def _is_at_work() -> ColumnElement[bool]:
    """Return the condition for firings that are not over."""
    over = (JobState.DONE, JobState.CANCELLED)
    job = exists().where(Job.id == Firing.job_id, Job.state.not_in(over))
    return Firing.state.in_(OPEN) | ((Firing.state == FiringState.RUNNING) & job)


def in_the_way(session: Session, schedule_id: int) -> Firing | None:
    """Return the latest firing of a schedule if it is not over, so that another one would pile up."""
    query = select(Firing).where(Firing.schedule_id == schedule_id, _is_at_work())
    return session.scalars(query.order_by(Firing.id.desc()).limit(1)).first()


def to_send(
    session: Session, fresh: Sequence[int], waiting_before: datetime, sent_before: datetime
) -> Sequence[tuple[Firing, Schedule]]:
    """Return the firings that somebody must be told of, the oldest first.

    Parameters
    ----------
    fresh: those that the caller wrote just now; whoever wrote the others is about to send them.
    waiting_before: firings that wait since then were left behind by somebody who died or has no broker.
    sent_before: the messages of firings that were sent before must be lost, if no queue holds them.
    """
    waits = (Firing.state == FiringState.WAITING) & (
        Firing.id.in_(fresh) | (Firing.fired_at < waiting_before)
    )
    # the next one does the reconciler's work
    lost = (Firing.state == FiringState.SENT) & (Firing.sent_at < sent_before)
    lost &= Schedule.kind != ScheduleKind.RECONCILE
    query = (
        select(Firing, Schedule)
        .join(Schedule, Schedule.id == Firing.schedule_id)
        .where(waits | lost)
        .order_by(Firing.id)
    )
    return [(firing, schedule) for firing, schedule in session.execute(query)]


def note_sent(session: Session, firing_id: int) -> None:
    """Write down that the broker has the message; a worker may have taken it up before this."""
    begun = case((Firing.job_id.is_(None), FiringState.SENT), else_=FiringState.RUNNING)
    still = update(Firing).where(Firing.id == firing_id, Firing.state.in_(OPEN))
    session.execute(still.values(state=begun, sent_at=shared_now(session)))


def take_up(session: Session, firing_id: int) -> Firing | None:
    """Begin with a firing; None when somebody did before, or when it is not there any more."""
    ours = update(Firing).where(Firing.id == firing_id, Firing.state.in_(OPEN))
    if ledger.changed(session, ours.values(state=FiringState.RUNNING)) != 1:
        return None
    return session.get_one(Firing, firing_id, populate_existing=True)


def set_job(session: Session, firing_id: int, job_id: int) -> None:
    """Say which job a firing made: from now on that one tells how it goes on."""
    begun = {"state": FiringState.RUNNING, "job_id": job_id}
    session.execute(update(Firing).where(Firing.id == firing_id).values(begun))


def finish(session: Session, firing_id: int, outcome: dict[str, Any]) -> None:
    """End a firing that has no job, with what came of it; the first to say so has it: messages come twice.

    Also one that was given up because nobody had taken it up: somebody was at it all the time.
    """
    values = {"outcome": outcome, "error_code": None, "error_reason": None}
    _end(session, firing_id, FiringState.DONE, values, (*OPEN, FiringState.FAILED))


def forget_idle(session: Session, firing_id: int) -> None:
    """Forget earlier firings of the same schedule that found nothing to do: its history tells of others."""
    schedule = select(Firing.schedule_id).where(Firing.id == firing_id).scalar_subquery()
    idle = (Firing.state == FiringState.DONE, Firing.job_id.is_(None), Firing.outcome == {})
    session.execute(delete(Firing).where(Firing.schedule_id == schedule, Firing.id < firing_id, *idle))


def fail(session: Session, firing_id: int, code: str, reason: str) -> None:
    """End a firing that could not do what it was for, unless somebody else has begun with it."""
    _end(session, firing_id, FiringState.FAILED, _error(code, reason))


def skip(session: Session, firing_id: int, code: str, reason: str) -> None:
    """End a firing that begins nothing, on purpose."""
    _end(session, firing_id, FiringState.SKIPPED, _error(code, reason))


def _end(
    session: Session,
    firing_id: int,
    state: FiringState,
    values: dict[str, Any],
    of: Sequence[FiringState] = OPEN,
) -> None:
    # whoever ends it read it earlier: meanwhile another may have begun its job, which is to go on
    still = update(Firing).where(Firing.id == firing_id, Firing.state.in_(of))
    session.execute(still.values({"state": state, "ended_at": shared_now(session), **values}))


def _error(code: str, reason: str) -> dict[str, Any]:
    return {"error_code": code, "error_reason": ledger.storable(reason)}


def has_fired(session: Session) -> bool:
    """Whether a scheduler has ever fired anything."""
    by_itself = select(Firing.id).where(Firing.cause != FiringCause.BY_HAND)
    return session.scalars(by_itself.limit(1)).first() is not None


def history(session: Session, schedule_id: int, limit: int) -> Sequence[Firing]:
    """Return the latest firings of a schedule, the latest first."""
    query = select(Firing).where(Firing.schedule_id == schedule_id)
    return session.scalars(query.order_by(Firing.id.desc()).limit(limit)).all()
