"""Schedules and firings as people see them. What came of a firing is read off its job, run and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue import schedules
from musicai.catalogue.session import reading, shared_now
from musicai.catalogue.tables import Firing, Schedule
from musicai.errors import ConfigError
from musicai.services import jobs
from musicai.services.jobs import JobView
from musicai.services.schedules import outcome
from musicai.services.schedules.due import timetable_of
from musicai.states import FiringState, JobState, RunState, ScheduleState

UPCOMING = 5
"""Next instants that are shown of a schedule."""
_OF_RUN = {
    RunState.DONE: FiringState.DONE,
    RunState.FAILED: FiringState.FAILED,
    RunState.CANCELLED: FiringState.CANCELLED,
}


@dataclass(frozen=True)
class FiringView:
    """One firing as people see it."""

    id: int
    """Its number."""
    schedule: str
    """Name of the schedule."""
    due_at: datetime
    """The instant of the timetable that it belongs to; of several that had passed, the latest."""
    fired_at: datetime
    """When a scheduler, or a person, saw to it."""
    cause: str
    """Why it fired."""
    missed: int
    """Instants that passed with no scheduler there to fire in time."""
    missed_since: datetime | None
    """The first of them."""
    state: str
    """What became of it."""
    job_id: int | None
    """The job that it made; None of a rescan that found nothing new, and was not the last one."""
    outcome: dict[str, Any]
    """What came of it, see below."""
    error_code: str | None
    """Why it failed or was skipped, as a code."""
    error_reason: str | None
    """Why it failed, was skipped or does not get on, in words."""
    ended_at: datetime | None
    """When it was over."""

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return _plain({name: getattr(self, name) for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class ScheduleView:
    """A schedule as people see it."""

    name: str
    """What it is called."""
    kind: str
    """What it asks for each time."""
    state: str
    """Whether it fires."""
    cron: str | None
    """Minute, hour, day, month and weekday, read in the zone."""
    every_s: float | None
    """Seconds from one firing to the next."""
    at: datetime | None
    """The one instant of a schedule that fires once."""
    zone: str
    """IANA name of the time zone."""
    next_at: datetime | None
    """When it fires next; None when it does not by itself."""
    upcoming: Sequence[datetime]
    """The next instants, of which `next_at` is the first."""
    misfire: str
    """What it does about instants that were missed."""
    grace_s: float
    """Seconds that a firing may be late and still be on time."""
    options: dict[str, Any]
    """What each firing asks for, in the words of its kind."""
    last: FiringView | None
    """Its latest firing, None before the first."""
    actor: str
    """USER@HOST of whoever added it."""
    created_at: datetime
    """When that was."""

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["last"] = self.last.to_json() if self.last else None
        values["upcoming"] = [instant.isoformat() for instant in self.upcoming]
        return _plain(values)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def read_all(engine: Engine) -> list[ScheduleView]:
    """Return all schedules, the next one first."""
    with reading(engine) as session:
        return [view_schedule(session, schedule) for schedule in schedules.every(session)]


def read(engine: Engine, name: str, limit: int) -> tuple[ScheduleView, list[FiringView]]:
    """Return one schedule, and its latest firings, the latest first."""
    with reading(engine) as session:
        schedule = schedules.named(session, name)
        latest = schedules.history(session, schedule.id, limit)
        return view_schedule(session, schedule), view_firings(session, schedule, latest)


def view_schedule(session: Session, schedule: Schedule) -> ScheduleView:
    """Return a schedule as people see it."""
    last = view_firings(session, schedule, schedules.history(session, schedule.id, 1))
    return ScheduleView(
        name=schedule.name,
        kind=schedule.kind,
        state=schedule.state,
        cron=schedule.cron,
        every_s=schedule.every_s,
        at=schedule.at,
        zone=schedule.zone,
        next_at=schedule.next_at,
        upcoming=_upcoming(session, schedule),
        misfire=schedule.misfire,
        grace_s=schedule.grace_s,
        options=schedule.options,
        last=last[0] if last else None,
        actor=schedule.actor,
        created_at=schedule.created_at,
    )


def _upcoming(session: Session, schedule: Schedule) -> list[datetime]:
    """Return the next instants; those that passed while nobody looked are not among them."""
    if schedule.state != ScheduleState.ACTIVE or schedule.next_at is None:
        return []
    timetable, known, found = timetable_of(schedule), schedule.next_at, [schedule.next_at]
    moment = shared_now(session)
    try:
        while len(found) < UPCOMING:
            following = timetable.next_after(known, max(found[-1], moment))
            if following is None:
                break
            found.append(following)
    except ConfigError:  # a zone that this machine does not know; the one that fires may know it
        return found
    return found


def view_firings(session: Session, schedule: Schedule, firings: Sequence[Firing]) -> list[FiringView]:
    """Return firings of a schedule as people see them."""
    ids = [firing.job_id for firing in firings if firing.job_id is not None]
    of = {view.id: view for view in jobs.view_jobs(session, ids)}
    return [_view(schedule.name, firing, of.get(firing.job_id or 0)) for firing in firings]


def _view(name: str, firing: Firing, job: JobView | None) -> FiringView:
    code, reason = firing.error_code, firing.error_reason
    if job is not None:
        code = job.run.error_code if job.run else code
        reason = (job.run.error_reason if job.run else None) or job.fault or reason
    return FiringView(
        id=firing.id,
        schedule=name,
        due_at=firing.due_at,
        fired_at=firing.fired_at,
        cause=firing.cause,
        missed=firing.missed,
        missed_since=firing.missed_since,
        state=_state(firing, job),
        job_id=firing.job_id,
        outcome=_outcome(job) if job else firing.outcome,
        error_code=code,
        error_reason=reason,
        ended_at=job.ended_at if job else firing.ended_at,
    )


def _state(firing: Firing, job: JobView | None) -> str:
    if job is None:
        return firing.state
    if job.run is not None:
        return _OF_RUN.get(RunState(job.run.state), FiringState(firing.state))
    over = {JobState.DONE: FiringState.DONE, JobState.CANCELLED: FiringState.CANCELLED}
    return over.get(JobState(job.state), FiringState(firing.state))


def _outcome(job: JobView) -> dict[str, Any]:
    return outcome.of_tracks(job) if job.run is None else outcome.of_run(job, job.run)
