"""What the exporter says about schedules: when they fire next, and what came of the last time."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Firing, Job, Run, Schedule
from musicai.services.exporter import metrics
from musicai.services.exporter.metrics import Reading
from musicai.states import FiringState, JobState, RunState


def read_schedules(session: Session) -> Iterator[Reading]:
    """Yield the next instant of each schedule and the outcome of its latest firing."""
    latest = select(func.max(Firing.id)).group_by(Firing.schedule_id).scalar_subquery()
    query = (
        select(Schedule, Firing, Job, Run.state)
        .join(Firing, (Firing.schedule_id == Schedule.id) & Firing.id.in_(latest), isouter=True)
        .join(Job, Job.id == Firing.job_id, isouter=True)
        .join(Run, Run.job_id == Firing.job_id, isouter=True)
        .order_by(Schedule.name)
    )
    for schedule, firing, job, run in session.execute(query):
        labels = (schedule.name, schedule.kind)
        if schedule.next_at is not None:
            yield Reading(metrics.SCHEDULE_NEXT, labels, schedule.next_at.timestamp())
        if firing is not None:
            yield Reading(metrics.SCHEDULE_LAST, labels, firing.fired_at.timestamp())
            yield Reading(metrics.SCHEDULE_OUTCOME, (*labels, _outcome(firing.state, job, run)), 1)
            ended_at = firing.ended_at if job is None else job.ended_at
            if ended_at is not None:
                yield Reading(metrics.SCHEDULE_END, labels, ended_at.timestamp())


def _outcome(state: str, job: Job | None, run: str | None) -> str:
    """Return what came of a firing: of one that began a job, what came of that."""
    if state != FiringState.RUNNING or job is None:
        return state
    if not JobState(job.state).ended:
        return FiringState.RUNNING
    if job.state == JobState.CANCELLED:
        return FiringState.CANCELLED
    return FiringState.FAILED if run == RunState.FAILED else FiringState.DONE
