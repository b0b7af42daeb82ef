"""Training runs: who works on which, for how long that is believed, and what became of it.

A run is the one thing to do of a job of kind `train`. Whoever works on it holds a lease and renews it; a
run whose lease ran out, or whose process is gone, waits again and is resumed from its checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.heartbeat import Standing
from musicai.catalogue.leases import holder_lives, is_over
from musicai.catalogue.session import now, shared_now
from musicai.catalogue.tables import Epoch, Job, Run
from musicai.errors import CrashedError, NotFoundError, RunLostError, StateError
from musicai.process import ProcessIdentity
from musicai.states import ItemState, JobKind, JobState, Priority, RunState, ScanState

DEATHS = 3
"""Processes that may die over a run without finishing an epoch before it counts as failed."""


@dataclass(frozen=True)
class ClaimedRun:
    """A run in the hands of one process."""

    id: int
    job_id: int
    name: str
    request: dict[str, Any]
    epoch: int
    attempts: int


def create(
    session: Session,
    name: str,
    request: dict[str, Any],
    priority: Priority = Priority.NORMAL,
    schedule: str | None = None,
) -> Run:
    """Add a run, and the job that asks for it, perhaps in the name of a schedule."""
    options = {} if schedule is None else {"schedule": schedule}
    job = ledger.create_job(
        session, JobKind.TRAIN, model_id=None, library_id=None, options=options, priority=priority
    )
    job.state, job.scan_state, job.total = JobState.RUNNING, ScanState.COMPLETE, 1
    run = Run(
        job_id=job.id,
        name=name,
        state=RunState.WAITING,
        request=request,
        facts={},
        created_at=shared_now(session),
    )
    session.add(run)
    session.flush()
    return run


def of_job(session: Session, job_id: int) -> Run:
    """Return the run of a job; NotFoundError when the job trains nothing."""
    run = session.scalars(select(Run).where(Run.job_id == job_id)).first()
    if run is None:
        raise NotFoundError(f"job {job_id} trains no model: `musicai jobs show {job_id}`")
    return run


def claim(
    session: Session,
    holder: ProcessIdentity,
    lease_s: float,
    only: int | None = None,
    shunned: Sequence[int] = (),
) -> ClaimedRun | None:
    """Begin or resume the most urgent run that waits, or only the run `only`; None when none waits.

    Parameters
    ----------
    shunned: runs that the holder cannot work on at the moment.
    """
    query = _waiting().where(Run.id.not_in(shunned)).with_for_update(skip_locked=True, of=Run).limit(1)
    run = session.scalars(query if only is None else query.where(Run.id == only)).first()
    if run is None:
        return None
    run.state, run.holder = RunState.RUNNING, holder.to_text()
    run.lease_until = shared_now(session) + timedelta(seconds=lease_s)
    run.attempts += 1
    run.started_at = run.started_at or shared_now(session)
    session.flush()
    return ClaimedRun(run.id, run.job_id, run.name, run.request, run.epoch, run.attempts)


def _waiting() -> Select[Run]:
    return (
        select(Run)
        .join(Job, Job.id == Run.job_id)
        .where(Run.state == RunState.WAITING, Job.state == JobState.RUNNING)
        .order_by(Job.priority.desc(), Run.id)
    )


def waiting(session: Session) -> Sequence[Run]:
    """Return the runs that nobody works on, the most urgent first."""
    return session.scalars(_waiting()).all()


def forgotten(session: Session, lease_s: float) -> Sequence[Run]:
    """Return the runs that wait although they were begun before, or have waited for a lease.

    A younger one may be in the hands of a command that starts the process for it.
    """
    since = shared_now(session) - timedelta(seconds=lease_s)
    return [run for run in waiting(session) if run.attempts or run.created_at < since]


def renew(session: Session, run_id: int, holder: ProcessIdentity, lease_s: float) -> Standing:
    """Lengthen the lease; say whether the run is still the holder's, and wanted."""
    run = session.get_one(Run, run_id, with_for_update=True)
    job = ledger.get_job(session, run.job_id)
    if run.state == RunState.CANCELLED:
        return Standing.CANCELLED
    if run.state != RunState.RUNNING or run.holder != holder.to_text():
        return Standing.LOST
    run.lease_until = shared_now(session) + timedelta(seconds=lease_s)
    return Standing.PAUSED if job.state == JobState.PAUSED else Standing.OURS


def set_plan(session: Session, run_id: int, holder: ProcessIdentity, *, epochs: int, folder: str) -> None:
    """Write down how long a run is and where its artefacts lie; RunLostError when it is another's."""
    _insist(session, run_id, holder, {"epochs": epochs, "folder": folder})
    # whoever lacked something for it before, this one does not
    ledger.set_fault(session, session.get_one(Run, run_id).job_id, None)


def add_facts(session: Session, run_id: int, holder: ProcessIdentity, facts: dict[str, Any]) -> None:
    """Add to what is known about a run; RunLostError when it is another's."""
    known = session.get_one(Run, run_id).facts
    _insist(session, run_id, holder, {"facts": {**known, **facts}})


def add_epoch(session: Session, run_id: int, holder: ProcessIdentity, figures: dict[str, Any]) -> None:
    """Write the figures of an epoch; one that was computed again after a crash replaces the former.

    Raises
    ------
    RunLostError: the run is another's, or was cancelled.
    """
    _insist(session, run_id, holder, {"epoch": figures["epoch"], "deaths": 0})
    session.merge(Epoch(run_id=run_id, created_at=shared_now(session), **figures))
    _touch(session, session.get_one(Run, run_id).job_id)


def epochs(session: Session, run_id: int) -> Sequence[Epoch]:
    """Return the figures of all epochs in their order."""
    return session.scalars(select(Epoch).where(Epoch.run_id == run_id).order_by(Epoch.epoch)).all()


def account(session: Session, run_id: int) -> str:
    """Return in one line where a run stands."""
    run = session.get_one(Run, run_id)
    line = f"job {run.job_id}, model {run.name}: {run.state}, {run.epoch} of {run.epochs} epochs"
    return f"{line}, {run.error_code}: {run.error_reason}" if run.error_code else line


def release(session: Session, run_id: int, holder: ProcessIdentity, fault: str | None = None) -> None:
    """Give a run back; `fault` says what this node lacks for it."""
    if _change(session, run_id, holder, _free(RunState.WAITING)):
        ledger.set_fault(session, session.get_one(Run, run_id).job_id, fault)


def finish(session: Session, run_id: int, holder: ProcessIdentity, model_id: int) -> bool:
    """End a run with the model that it made; False when it is not the holder's any more."""
    ended = {**_free(RunState.DONE), "model_id": model_id, "ended_at": now()}
    if not _change(session, run_id, holder, ended):
        return False
    job_id = session.get_one(Run, run_id).job_id
    session.execute(update(Job).where(Job.id == job_id).values(model_id=model_id))
    ledger.settle_whole(session, job_id, ItemState.DONE)
    return True


def fail(session: Session, run_id: int, holder: ProcessIdentity, code: str, reason: str) -> None:
    """End a run that cannot be done as it was asked."""
    if _change(session, run_id, holder, _failed(code, reason)):
        ledger.settle_whole(session, session.get_one(Run, run_id).job_id, ItemState.FAILED)


def cancel(session: Session, job_id: int) -> None:
    """End a run for good; whoever works on it stops at its next sign of life."""
    job = ledger.get_job(session, job_id, lock=True)
    if JobState(job.state).ended:
        raise StateError(f"job {job_id} is {job.state} already")
    run = of_job(session, job_id)
    run.state, run.ended_at = RunState.CANCELLED, now()
    ledger.settle_whole(session, job_id, ItemState.CANCELLED)


def retry(session: Session, job_id: int) -> int:
    """Give a failed run another try, from its checkpoint; return 1, or 0 when it did not fail."""
    ledger.get_job(session, job_id, lock=True)
    run = of_job(session, job_id)
    if run.state != RunState.FAILED:
        return 0
    run.state, run.error_code, run.error_reason, run.ended_at, run.deaths = (
        RunState.WAITING,
        None,
        None,
        None,
        0,
    )
    ledger.reopen_whole(session, job_id)
    return 1


def release_dead(session: Session) -> int:
    """Let the runs of dead processes wait again and return how many there were.

    A process that lives on after its lease slept with its machine: it did not die of the run.
    """
    return sum(_release_if_dead(session, run.id, run.job_id) for run in dead(session))


def take_back(session: Session, job_id: int) -> RunState:
    """Let the run of a job wait again if its process is dead or silent; return where it stands then.

    Whoever has the job in hand at the moment is waited for.
    """
    run = of_job(session, job_id)
    if run.state == RunState.RUNNING:
        ledger.get_job(session, job_id, lock=True)
        _release_if_dead(session, run.id, job_id)
    return RunState(run.state)


def dead(session: Session) -> Sequence[Run]:
    """Return the runs whose lease ran out, or whose process is gone from this machine."""
    moment = shared_now(session)
    running = session.scalars(select(Run).where(Run.state == RunState.RUNNING)).all()
    return [run for run in running if is_over(run.holder, run.lease_until, moment)]


def _release_if_dead(session: Session, run_id: int, job_id: int) -> bool:
    # the job before its run, as everybody does; two reconcilers at once share the dead between them
    job = select(Job.id).where(Job.id == job_id).with_for_update(skip_locked=True)
    if session.scalars(job).first() is None:
        return False
    run = session.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    if run.state != RunState.RUNNING or not is_over(run.holder, run.lease_until, shared_now(session)):
        return False
    _bury(session, run)
    return True


def _bury(session: Session, run: Run) -> None:
    run.deaths += not holder_lives(run.holder)
    condemned = run.deaths >= DEATHS
    reason = (
        f"{run.deaths} processes died over it or gave no sign of life, and none finished an epoch (too "
        f"little memory?); `musicai jobs retry {run.job_id}` tries again"
    )
    values = _failed(CrashedError.code, reason) if condemned else _free(RunState.WAITING)
    for name, value in values.items():
        setattr(run, name, value)
    session.flush()
    if condemned:
        ledger.settle_whole(session, run.job_id, ItemState.FAILED)


def _change(session: Session, run_id: int, holder: ProcessIdentity, values: dict[str, Any]) -> bool:
    """Update a run that is still the holder's; False when it is not."""
    # the job before its run, in the order of `cancel`: each would wait for the other for ever
    session.execute(select(Job.id).join(Run).where(Run.id == run_id).with_for_update(of=Job))
    ours = update(Run).where(
        Run.id == run_id, Run.holder == holder.to_text(), Run.state == RunState.RUNNING
    )
    changed = ledger.changed(session, ours.values(values)) == 1
    session.expire_all()
    return changed


def _insist(session: Session, run_id: int, holder: ProcessIdentity, values: dict[str, Any]) -> None:
    if not _change(session, run_id, holder, values):
        raise RunLostError(run_id)


def _free(state: RunState) -> dict[str, Any]:
    return {"state": state, "holder": None, "lease_until": None}


def _failed(code: str, reason: str) -> dict[str, Any]:
    freed = _free(RunState.FAILED)
    return {**freed, "error_code": code, "error_reason": ledger.storable(reason), "ended_at": now()}


def _touch(session: Session, job_id: int) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(progress_at=shared_now(session)))
