"""Claims: how workers share a job's items, and what becomes of the items of a worker that died.

A claim is a handful of items in one process's hands, with a lease. Items of a dead claim become
*suspects*: they run one at a time, so that a second death names the culprit and no bystander is condemned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import counters, ledger
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import now, shared_now
from musicai.catalogue.tables import Claim, Item, Job
from musicai.errors import CrashedError, TimedOutError
from musicai.process import ProcessIdentity
from musicai.states import ItemState, JobState, TrackOutcome

DEATHS_BY_CRASH = 2
"""The second death of a process that held the track condemns it, when its worker lived on."""
DEATHS_BY_LOSS = 4
"""When the whole worker went away, a power cut is likelier than a track that takes everything down."""


@dataclass(frozen=True)
class Holder:
    """Who claims: a process, and the worker that it belongs to."""

    process: ProcessIdentity
    parent: ProcessIdentity


@dataclass(frozen=True)
class Handful:
    """Items in one process's hands.

    Parameters
    ----------
    items: (item id, track id) in the order in which they are worked on.
    alone: whether it is one suspect.
    """

    claim_id: int
    job_id: int
    items: Sequence[tuple[int, int]]
    alone: bool


def claim(
    session: Session,
    holder: Holder,
    *,
    size: Callable[[int, int], int],
    lease_s: float,
    shunned: Sequence[int] = (),
) -> Handful | None:
    """Claim pending items of the most urgent job, the oldest first; None when nothing waits anywhere.

    Parameters
    ----------
    size: (pending items of the job, claims alive on it) -> how many to take.
    shunned: jobs that the holder cannot work on at the moment.
    """
    for job in _urgent_jobs(session, shunned):
        for alone in (False, True):
            limit = 1 if alone else size(job.pending, _claims_of(session, job.id))
            if items := _take(session, holder, job.id, alone=alone, limit=limit, lease_s=lease_s):
                return items
    return None


def _urgent_jobs(session: Session, shunned: Sequence[int]) -> Sequence[Job]:
    waits = exists().where(Item.job_id == Job.id, Item.state == ItemState.PENDING)
    live = select(Job).where(Job.state.in_(ledger.LIVE), waits)
    if shunned:
        live = live.where(Job.id.not_in(shunned))
    return session.scalars(live.order_by(Job.priority.desc(), Job.id).limit(8)).all()


def _claims_of(session: Session, job_id: int) -> int:
    return session.scalars(select(func.count()).where(Claim.job_id == job_id)).one()


def _take(
    session: Session, holder: Holder, job_id: int, *, alone: bool, limit: int, lease_s: float
) -> Handful | None:
    # the job before its items, in the order of `cancel`: each would wait for the other for ever
    session.execute(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True))
    ids = session.scalars(
        select(Item.id)
        .where(Item.job_id == job_id, Item.state == ItemState.PENDING, Item.suspect.is_(alone))
        .order_by(Item.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL; on SQLite the transaction has the lock
    ).all()
    if not ids:
        return None
    row = _new_claim(session, holder, job_id, alone=alone, lease_s=lease_s)
    taken = session.execute(
        update(Item)
        .where(Item.id.in_(ids))
        .values(
            state=ItemState.CLAIMED, claim_id=row.id, attempts=Item.attempts + 1, updated_at=row.claimed_at
        )
        .returning(Item.id, Item.track_id)
    ).all()
    session.execute(update(Job).where(Job.id == job_id).values(progress_at=row.claimed_at))
    return Handful(row.id, job_id, sorted((item, track) for item, track in taken), alone)


def _new_claim(session: Session, holder: Holder, job_id: int, *, alone: bool, lease_s: float) -> Claim:
    moment = shared_now(session)
    row = Claim(
        job_id=job_id,
        host=holder.process.host,
        pid=holder.process.pid,
        started=holder.process.started,
        parent_pid=holder.parent.pid,
        parent_started=holder.parent.started,
        alone=alone,
        claimed_at=moment,
        lease_until=moment + timedelta(seconds=lease_s),
    )
    session.add(row)
    session.flush()
    return row


def renew(session: Session, claim_id: int, lease_s: float) -> bool:
    """Lengthen the lease of a claim; False when the claim was taken away."""
    until = shared_now(session) + timedelta(seconds=lease_s)
    return ledger.changed(session, update(Claim).where(Claim.id == claim_id).values(lease_until=until)) == 1


def give_back(session: Session, handful: Handful) -> None:
    """End a claim: what it still holds waits again, or is cancelled with its job."""
    _return_items(session, handful.claim_id, handful.job_id)
    session.execute(delete(Claim).where(Claim.id == handful.claim_id))


def return_own(session: Session, process: ProcessIdentity) -> None:
    """Let wait again what stands in the name of a process that has nothing in hand.

    It ended that claim, and the database lost the commit when it crashed or another one took its place; or
    it never learned that a claim of its own was committed. Nobody died, and nobody is suspected.
    """
    ours = select(Claim).where(
        Claim.host == process.host, Claim.pid == process.pid, Claim.started == process.started
    )
    for row in session.scalars(ours).all():
        _return_items(session, row.id, row.job_id)
        session.execute(delete(Claim).where(Claim.id == row.id))


def release_dead(session: Session, timeout_s: float) -> int:
    """Take the items of dead claims back and return how many claims there were.

    A claim is dead when its process is gone (seen from the same machine) or when its lease ran out.
    `timeout_s` tells a hang from a crash in the reason that a condemned track is given.
    """
    moment = shared_now(session)
    dead = [row.id for row in session.scalars(select(Claim)) if _is_dead(row, moment)]
    if not dead:
        return 0
    # skip_locked: two reconcilers at once share the dead between them
    rows = session.scalars(select(Claim).where(Claim.id.in_(dead)).with_for_update(skip_locked=True)).all()
    verdicts = [_release(session, row, timeout_s) for row in sorted(rows, key=lambda r: (r.job_id, r.id))]
    # last of all: whoever holds a job's row may wait for a node's sums, so nobody does it the other way
    for node, code in sorted(filter(None, verdicts)):
        failed = {(CounterName.TRACKS, TrackOutcome.FAILED): 1, (CounterName.FAILURES, code): 1}
        counters.add(session, node, failed)
    return len(rows)


def _is_dead(row: Claim, moment: datetime) -> bool:
    process = ProcessIdentity(row.host, row.pid, row.started)
    return row.lease_until < moment or process.is_known_dead()


def _release(session: Session, row: Claim, timeout_s: float) -> tuple[str, str] | None:
    """End a claim; return its node and the error code when that condemned a track."""
    process = ProcessIdentity(row.host, row.pid, row.started)
    gone = not process.is_known_alive()
    code = _blame(session, row, timeout_s) if gone else None
    # a process that lives on after its lease slept with its machine: nobody died, nobody is suspected
    _return_items(session, row.id, row.job_id)
    session.execute(delete(Claim).where(Claim.id == row.id))
    ledger.close_if_finished(session, row.job_id)
    return (row.host, code) if code else None


def _blame(session: Session, row: Claim, timeout_s: float) -> str | None:
    """Mark what a dead process held; return the error code when that condemned a track."""
    marks = {"suspect": True, "deaths": Item.deaths + 1}
    session.execute(update(Item).where(Item.claim_id == row.id).values(marks))
    if row.alone and (item := _condemned(session, row)) is not None:
        held_s = (shared_now(session) - row.claimed_at).total_seconds()
        code, reason = _verdict(held_s, timeout_s, item.deaths)
        ledger.settle_failed(session, row.job_id, row.id, item.id, code=code, reason=reason)
        return code
    return None


def _condemned(session: Session, row: Claim) -> Item | None:
    parent = ProcessIdentity(row.host, row.parent_pid, row.parent_started)
    limit = DEATHS_BY_CRASH if parent.is_known_alive() else DEATHS_BY_LOSS
    item = session.scalars(select(Item).where(Item.claim_id == row.id)).one_or_none()
    return item if item is not None and item.deaths >= limit else None


def _verdict(held_s: float, timeout_s: float, deaths: int) -> tuple[str, str]:
    if held_s >= timeout_s:
        return TimedOutError.code, f"decoding did not end within {timeout_s:.0f} s, {deaths} times"
    return (
        CrashedError.code,
        f"the process that decoded it died {deaths} times, at last with nothing else in hand",
    )


def _return_items(session: Session, claim_id: int, job_id: int) -> None:
    # held: a job that is cancelled between the look and the write would keep pending items for ever
    state = session.scalars(select(Job.state).where(Job.id == job_id).with_for_update(key_share=True)).one()
    target = ItemState.CANCELLED if state == JobState.CANCELLED else ItemState.PENDING
    values = {"state": target, "claim_id": None, "updated_at": now()}
    count = ledger.changed(session, update(Item).where(Item.claim_id == claim_id).values(values))
    if target is ItemState.CANCELLED and count:
        session.execute(update(Job).where(Job.id == job_id).values(cancelled=Job.cancelled + count))
