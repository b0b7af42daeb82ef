"""Rescans that found nothing new: the latest has its job; of the others the history of the schedule tells.

Their jobs would hide those that matter: a folder that is read each minute makes half a million a year.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue import ledger, scans
from musicai.catalogue.tables import Firing, Job
from musicai.services.schedules.outcome import of_tracks
from musicai.states import FiringState, JobState

_LOOKED_AT = 20
"""Former jobs that are looked at: each rescan that finds nothing has left one such at most."""
_NEWS = ("items", "new", "changed", "moved", "missing", "warnings")


def forget_former(session: Session, job_id: int) -> None:
    """Forget former jobs of the same schedule that found nothing new, when this one did not either.

    This one stays, so that its number is used for no other job: folders remember which job saw them. So
    does one that could not read as many places as this one: somebody may ask when that was.
    """
    latest = ledger.get_job(session, job_id)
    if not found_nothing(latest):
        return
    schedule = select(Firing.schedule_id).where(Firing.job_id == job_id).scalar_subquery()
    former = (Firing.schedule_id == schedule, Job.id < job_id, Job.total == Job.skipped)
    query = select(Firing, Job).join(Job, Job.id == Firing.job_id).where(*former)
    for firing, job in session.execute(query.order_by(Job.id.desc()).limit(_LOOKED_AT)).all():
        if found_nothing(job) and _unreadable(job) == _unreadable(latest):
            _forget(session, firing, job)


def found_nothing(job: Job) -> bool:
    """Whether a job is over whose scan saw nothing that anybody need know."""
    report = job.report
    idle = job.state == JobState.DONE and job.total == job.skipped and "new" in report
    return idle and not any(report.get(name) for name in _NEWS)


def _unreadable(job: Job) -> int:
    count: int = job.report.get("unreadable", {}).get("count", 0)
    return count


def _forget(session: Session, firing: Firing, job: Job) -> None:
    firing.outcome, firing.ended_at = of_tracks(job), job.ended_at
    firing.state, firing.job_id = FiringState.DONE, None
    session.flush()
    scans.end(session, job.id)  # offered once more by a command that came when the scan had just ended
    session.delete(job)
