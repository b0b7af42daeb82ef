"""The ledger of a job: total = done + failed + skipped + cancelled + pending, at every commit.

Counters move only by the number of items whose state the same transaction changed, so that running
anything twice moves them once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, Executable, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from musicai.catalogue.session import now, shared_now
from musicai.catalogue.tables import Item, Job, Track
from musicai.errors import NotFoundError, StateError
from musicai.states import ItemState, JobKind, JobState, Priority, ScanState

LIVE = (JobState.SCANNING, JobState.RUNNING)
"""States of jobs whose items may be claimed."""
_REOPENED = {"state": JobState.RUNNING, "ended_at": None, "retired_at": None}


def changed(session: Session, statement: Executable) -> int:
    """Execute an INSERT, UPDATE or DELETE and return how many rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def insert_ignoring(session: Session, table: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that passes over rows which exist already, in the database's own words."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def create_job(
    session: Session,
    kind: JobKind,
    *,
    model_id: int | None,
    library_id: int | None,
    options: dict[str, Any],
    priority: Priority,
) -> Job:
    """Add a job that is being scanned."""
    job = Job(
        kind=kind,
        model_id=model_id,
        library_id=library_id,
        options=options,
        priority=priority.rank,
        report={},
        progress_at=shared_now(session),
        created_at=now(),
    )
    session.add(job)
    session.flush()
    return job


def get_job(session: Session, job_id: int, *, lock: bool = False) -> Job:
    """Return a job; with `lock`, hold its row until the transaction ends."""
    job = session.get(Job, job_id, with_for_update=lock, populate_existing=lock)
    if job is None:
        raise NotFoundError(f"there is no job {job_id}: `musicai jobs list` shows the ones there are")
    return job


def add_items(session: Session, job_id: int, track_ids: Sequence[int]) -> int:
    """Add pending items and return how many were new; tracks that the job already has are passed over."""
    if not track_ids:
        return 0
    moment = now()
    rows = [{"job_id": job_id, "track_id": track_id, "updated_at": moment} for track_id in track_ids]
    added = len(session.scalars(insert_ignoring(session, Item).returning(Item.id), rows).all())
    _move(session, job_id, {"total": added})
    return added


def add_skipped(session: Session, job_id: int, count: int) -> None:
    """Count tracks that need no work. They get no rows: a rescan of a million tracks writes two numbers."""
    _move(session, job_id, {"total": count, "skipped": count})


def finish_scan(session: Session, job_id: int, report: dict[str, Any]) -> None:
    """Record that every folder was read, and what was seen besides tracks."""
    session.execute(
        update(Job).where(Job.id == job_id).values(scan_state=ScanState.COMPLETE, report=report)
    )
    session.execute(
        update(Job).where(Job.id == job_id, Job.state == JobState.SCANNING).values(state=JobState.RUNNING)
    )
    close_if_finished(session, job_id)


def restart_scan(session: Session, job_id: int) -> None:
    """Forget what a broken-off scan skipped, for the scan starts over. Its items stay.

    Whoever scans the job still is told by `scanner_of` that another one took over: what both of them
    skipped would count twice.
    """
    job = get_job(session, job_id, lock=True)
    if job.scan_state == ScanState.OPEN:
        job.total, job.skipped = job.total - job.skipped, 0
        job.report = {"scanner": uuid4().hex}


def scanner_of(job: Job) -> str | None:
    """Return the word by which a scan knows whether the job is still its own to scan."""
    return job.report.get("scanner")


def settle_done(session: Session, job_id: int, claim_id: int, item_ids: Sequence[int]) -> int:
    """Mark items of a claim as done; items that the claim no longer holds are passed over."""
    return _settle(session, job_id, claim_id, item_ids, state=ItemState.DONE, error={})


def settle_failed(
    session: Session, job_id: int, claim_id: int, item_id: int, *, code: str, reason: str
) -> int:
    """Put an item of a claim into quarantine; its track says why, so that no scan looks again."""
    error = {"error_code": code, "error_reason": storable(reason)}
    held = select(Item.track_id).where(Item.id == item_id, Item.claim_id == claim_id)
    session.execute(update(Track).where(Track.id.in_(held)).values(updated_at=now(), **error))
    return _settle(session, job_id, claim_id, [item_id], state=ItemState.FAILED, error=error)


def _settle(
    session: Session,
    job_id: int,
    claim_id: int,
    item_ids: Sequence[int],
    *,
    state: ItemState,
    error: dict[str, str],
) -> int:
    if not item_ids:
        return 0
    values = {"state": state, "claim_id": None, "updated_at": now(), **error}
    count = changed(
        session,
        update(Item).where(Item.claim_id == claim_id, Item.id.in_(item_ids)).values(values),
    )
    _move(session, job_id, {state.value: count})
    return count


def close_if_finished(session: Session, job_id: int) -> bool:
    """End a job that is scanned and has nothing pending; True for the one caller who ended it."""
    settled = Job.done + Job.failed + Job.skipped + Job.cancelled
    finished = update(Job).where(
        Job.id == job_id,
        Job.state == JobState.RUNNING,
        Job.scan_state == ScanState.COMPLETE,
        Job.total == settled,
    )
    return changed(session, finished.values(state=JobState.DONE, ended_at=now())) == 1


def settle_whole(session: Session, job_id: int, outcome: ItemState) -> None:
    """End a job that is one thing to do, without items: done, failed or cancelled."""
    state = JobState.CANCELLED if outcome == ItemState.CANCELLED else JobState.DONE
    session.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(
            state=state,
            ended_at=now(),
            progress_at=shared_now(session),
            fault=None,
            **{outcome.value: Job.total},
        )
    )


def reopen_whole(session: Session, job_id: int) -> None:
    """Begin anew with a job that is one thing to do and that failed."""
    values = {**_REOPENED, "failed": 0, "progress_at": shared_now(session)}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def cancel(session: Session, job_id: int) -> None:
    """End a job. What nobody has begun is cancelled; handfuls in hand are finished by their workers."""
    job = get_job(session, job_id, lock=True)
    if job.state in (JobState.DONE, JobState.CANCELLED):
        raise StateError(f"job {job_id} is {job.state} already")
    values = {"state": ItemState.CANCELLED, "updated_at": now()}
    waiting = update(Item).where(Item.job_id == job_id, Item.state == ItemState.PENDING)
    _move(session, job_id, {"cancelled": changed(session, waiting.values(values))})
    session.execute(update(Job).where(Job.id == job_id).values(state=JobState.CANCELLED, ended_at=now()))


def pause(session: Session, job_id: int) -> None:
    """Let nobody claim a job's items until it is resumed."""
    job = get_job(session, job_id, lock=True)
    if job.state not in LIVE:
        raise StateError(f"job {job_id} is {job.state}: only a job that runs can be paused")
    job.state = JobState.PAUSED


def resume(session: Session, job_id: int) -> Job:
    """Make a paused job's items claimable again; its scan, if broken off, is the caller's to restart."""
    job = get_job(session, job_id, lock=True)
    if job.state in (JobState.DONE, JobState.CANCELLED):
        raise StateError(f"job {job_id} is {job.state}: enqueue the folder again")
    job.state = JobState.RUNNING if job.scan_state == ScanState.COMPLETE else JobState.SCANNING
    job.fault, job.progress_at = None, shared_now(session)
    session.flush()
    return job


def retry(session: Session, job_id: int) -> int:
    """Give every failed item of a job another try and return how many there are."""
    job = get_job(session, job_id, lock=True)
    if job.state == JobState.CANCELLED:
        raise StateError(f"job {job_id} is cancelled: enqueue the folder again")
    failed = (Item.job_id == job_id, Item.state == ItemState.FAILED)
    tracks = select(Item.track_id).where(*failed).scalar_subquery()
    clean = {"error_code": None, "error_reason": None}
    session.execute(update(Track).where(Track.id.in_(tracks)).values(clean))
    # still suspects: what killed a process must not take bystanders with it the second time either
    values = {"state": ItemState.PENDING, "attempts": 0, "deaths": 0, "updated_at": now(), **clean}
    count = changed(session, update(Item).where(*failed).values(values))
    _move(session, job_id, {"failed": -count})
    if count and job.state == JobState.DONE:
        session.execute(update(Job).where(Job.id == job_id).values(_REOPENED))
    return count


def set_fault(session: Session, job_id: int, fault: str | None) -> None:
    """Say why nobody can work on a job, or that the reason is gone."""
    values = {"fault": None if fault is None else storable(fault)}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def storable(text: str) -> str:
    """Return text that every database takes: no half of a name that is not UTF-8, no NUL."""
    return text.encode(errors="replace").decode().replace("\0", "")


def storable_json(value: Any) -> Any:
    """Return a JSON value whose texts, also those of keys, every database takes."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(key): storable_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(part) for part in value]
    return value


def recount(session: Session, job_id: int) -> dict[str, int]:
    """Count the items of a job by state: what the counters must agree with."""
    query = select(Item.state, func.count()).where(Item.job_id == job_id).group_by(Item.state)
    return dict(iter(session.execute(query)))


def _move(session: Session, job_id: int, deltas: dict[str, int]) -> None:
    values: dict[str, Any] = {name: getattr(Job, name) + delta for name, delta in deltas.items() if delta}
    if values:
        moved = update(Job).where(Job.id == job_id)
        session.execute(moved.values(progress_at=shared_now(session), **values))
