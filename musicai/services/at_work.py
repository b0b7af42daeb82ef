"""Who works on a job at this moment."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Claim, Run
from musicai.services.run_view import is_silent
from musicai.states import RunState


def at_work(session: Session, job_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return the processes that hold tracks or the run of each job, counted by node."""
    found: dict[int, dict[str, int]] = {}
    claims = select(Claim.job_id, Claim.host, func.count()).where(Claim.job_id.in_(job_ids))
    for job_id, host, count in session.execute(claims.group_by(Claim.job_id, Claim.host)):
        found.setdefault(job_id, {})[host] = count
    runs = select(Run).where(Run.job_id.in_(job_ids), Run.state == RunState.RUNNING)
    moment = shared_now(session)
    for run in session.scalars(runs):
        if run.holder is not None and not is_silent(run, moment):
            found.setdefault(run.job_id, {})[run.holder.split(" ", 1)[0]] = 1
    return found
