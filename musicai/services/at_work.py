"""Who works on a job at this moment."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Claim, Run
from musicai.states import RunState


def at_work(session: Session, job_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return the processes that hold tracks or the run of each job, counted by node."""
    found: dict[int, dict[str, int]] = {}
    claims = select(Claim.job_id, Claim.host, func.count()).where(Claim.job_id.in_(job_ids))
    for job_id, host, count in session.execute(claims.group_by(Claim.job_id, Claim.host)):
        found.setdefault(job_id, {})[host] = count
    runs = select(Run.job_id, Run.holder).where(Run.job_id.in_(job_ids), Run.state == RunState.RUNNING)
    for job_id, holder in session.execute(runs):
        if holder is not None:
            found.setdefault(job_id, {})[holder.split(" ", 1)[0]] = 1
    return found
