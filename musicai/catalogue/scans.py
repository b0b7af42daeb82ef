"""Scans: who reads the folders of which job, and for how long that is believed.

A scan has a row as long as it is open. Whoever reads holds a lease and renews it; a scan whose lease ran
out, or whose process is gone, waits again and is started over by the next one. Reading a folder twice is
safe: what the first scan wrote stays true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.heartbeat import Standing
from musicai.catalogue.leases import holder_lives, is_over
from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Job, Library, Scan
from musicai.process import ProcessIdentity
from musicai.states import JobState, ScanState

DEATHS = 5
"""Processes that may die over a scan before a person has to look at it."""
SILENT_S = 120.0
"""Seconds without progress after which a scan that has no row at all counts as broken off."""
CALL_AGAIN_S, CALL_LATER_S = 30.0, 600.0
"""Seconds until another message is sent for a scan that nobody took up, however many reconcilers look: a
tenth of the time for which nobody has got on with it, but not less and not more."""


@dataclass(frozen=True)
class WaitingScan:
    """A scan that nobody works on. The library is for people."""

    job_id: int
    library: str


def offer(session: Session, job_id: int) -> None:
    """Let a job's folders be read by whoever comes first; whoever offers calls, or reads by itself."""
    _offer(session, job_id, shared_now(session))


def _offer(session: Session, job_id: int, called_at: datetime) -> None:
    values = {"job_id": job_id, "deaths": 0, "called_at": called_at}
    session.execute(ledger.insert_ignoring(session, Scan), [values])


def end(session: Session, job_id: int) -> None:
    """Forget a scan that is complete."""
    session.execute(delete(Scan).where(Scan.job_id == job_id))


def claim(
    session: Session,
    holder: ProcessIdentity,
    lease_s: float,
    *,
    only: int | None = None,
    shunned: Sequence[int] = (),
) -> int | None:
    """Begin the most urgent scan that waits, or only that of the job `only`; None when there is none.

    Parameters
    ----------
    shunned: jobs whose folders the holder does not find at the moment.
    """
    query = _open().where(Scan.job_id.not_in(shunned), _is_free(session, holder))
    query = query.where(Scan.deaths < DEATHS if only is None else Scan.job_id == only)
    for job_id in session.scalars(query).all():
        if _take(session, job_id, holder, lease_s):
            ledger.restart_scan(session, job_id)
            ledger.set_fault(session, job_id, None)
            return job_id
    return None


def _take(session: Session, job_id: int, holder: ProcessIdentity, lease_s: float) -> bool:
    # the job before its scan, as everybody does: each would wait for the other for ever
    if not _locked(session, job_id):
        return False
    until = shared_now(session) + timedelta(seconds=lease_s)
    ours = update(Scan).where(Scan.job_id == job_id, _is_free(session, holder))
    return ledger.changed(session, ours.values(holder=holder.to_text(), lease_until=until)) == 1


def is_busy(session: Session, host: str) -> bool:
    """Whether a process of a machine reads folders already: its other processes are for other work."""
    here = Scan.holder.startswith(f"{host} ", autoescape=True)
    return session.scalars(select(exists().where(here, Scan.lease_until > shared_now(session)))).one()


def renew(session: Session, job_id: int, holder: ProcessIdentity, lease_s: float) -> Standing:
    """Lengthen the lease; say whether the scan is still the holder's, and wanted."""
    until = shared_now(session) + timedelta(seconds=lease_s)
    state = session.scalars(select(Job.state).where(Job.id == job_id)).one()
    if not ledger.changed(session, _ours(job_id, holder).values(lease_until=until)):
        return Standing.LOST
    if state == JobState.CANCELLED:
        return Standing.CANCELLED
    return Standing.PAUSED if state == JobState.PAUSED else Standing.OURS


def release(
    session: Session, job_id: int, holder: ProcessIdentity, fault: str | None = None, deaths: int = 0
) -> None:
    """Give a scan back.

    Parameters
    ----------
    fault: what this node lacks for it, or what it failed with.
    deaths: how many deaths that counts for; `DEATHS` when nobody need try again by himself.
    """
    ledger.get_job(session, job_id, lock=True)
    freed = _ours(job_id, holder).values(_FREE | {"deaths": Scan.deaths + deaths}).returning(Scan.deaths)
    died = session.scalars(freed).one_or_none()
    if died is not None and fault is not None:
        given_up = f"; `musicai jobs resume {job_id}` tries again" if died >= DEATHS else ""
        ledger.set_fault(session, job_id, fault + given_up)


def forgive(session: Session, job_id: int) -> None:
    """Forget the deaths of a scan that a person resumes."""
    session.execute(update(Scan).where(Scan.job_id == job_id).values(deaths=0))


def release_dead(session: Session) -> int:
    """Let the scans of dead processes wait again, and those that nobody wrote down; return how many."""
    moment = shared_now(session)
    _drop_ended(session)
    _adopt(session, moment)
    held = session.scalars(select(Scan).where(Scan.holder.is_not(None)).order_by(Scan.job_id)).all()
    return sum(
        _bury(session, scan.job_id, moment)
        for scan in held
        if is_over(scan.holder, scan.lease_until, moment)
    )


def _bury(session: Session, job_id: int, moment: datetime) -> bool:
    # two reconcilers at once share the dead between them
    if not _locked(session, job_id):
        return False
    scan = session.get(Scan, job_id, populate_existing=True)
    if scan is None or scan.holder is None or not is_over(scan.holder, scan.lease_until, moment):
        return False
    # a process that lives on after its lease slept with its machine: nobody died
    scan.deaths += not holder_lives(scan.holder)
    scan.holder = scan.lease_until = None
    scan.called_at = moment - _LONG_AGO
    session.flush()
    ledger.set_fault(session, job_id, _BROKE_OFF if scan.deaths < DEATHS else _DEADLY)
    return True


def call(session: Session) -> list[WaitingScan]:
    """Return the scans that somebody should be called for, the most urgent first, each once."""
    moment = shared_now(session)
    waits = (Scan.holder.is_(None), Scan.deaths < DEATHS)
    query = _named().add_columns(Scan.called_at, Job.progress_at).where(*_IS_OPEN, *waits)
    found = session.execute(query).all()
    due = [row for row in found if row.called_at < moment - _pause(moment - row.progress_at)]
    return [
        WaitingScan(row.id, row.name or "") for row in due if _call(session, row.id, row.called_at, moment)
    ]


def _pause(silent: timedelta) -> timedelta:
    return min(max(silent / 10, timedelta(seconds=CALL_AGAIN_S)), timedelta(seconds=CALL_LATER_S))


def _call(session: Session, job_id: int, called_at: datetime, moment: datetime) -> bool:
    ours = update(Scan).where(Scan.job_id == job_id, Scan.called_at == called_at)
    return ledger.changed(session, ours.values(called_at=moment)) == 1


def next_waiting(session: Session) -> WaitingScan | None:
    """Return the most urgent scan that nobody works on; None without one."""
    query = _named().where(*_IS_OPEN, Scan.holder.is_(None), Scan.deaths < DEATHS)
    found = session.execute(query.limit(1)).first()
    return None if found is None else WaitingScan(found.id, found.name or "")


_LONG_AGO = timedelta(days=1)
"""So that somebody is called at once."""
_FREE = {"holder": None, "lease_until": None}
_IS_OPEN = (Job.state == JobState.SCANNING, Job.scan_state == ScanState.OPEN)
_URGENT = (Job.priority.desc(), Job.id)
_BROKE_OFF = (
    "the scan of the folder broke off: a worker that finds the folder starts it over,"
    " and so does `musicai jobs resume ID`"
)
_DEADLY = (
    f"{DEATHS} processes died while they read the folder, or gave no sign of life (too little memory, a"
    " disk that hangs?): `musicai jobs resume ID` tries again"
)


def _open() -> Select[int]:
    return select(Scan.job_id).join(Job, Job.id == Scan.job_id).where(*_IS_OPEN).order_by(*_URGENT)


def _named() -> Select[int, str]:
    query = select(Job.id, Library.name).join(Scan, Scan.job_id == Job.id)
    return query.join(Library, Library.id == Job.library_id, isouter=True).order_by(*_URGENT)


def _is_free(session: Session, holder: ProcessIdentity) -> ColumnElement[bool]:
    # one's own: the catalogue was away when it should have been given back
    return or_(
        Scan.holder.is_(None), Scan.holder == holder.to_text(), Scan.lease_until < shared_now(session)
    )


def _ours(job_id: int, holder: ProcessIdentity) -> Update:
    return update(Scan).where(Scan.job_id == job_id, Scan.holder == holder.to_text())


def _locked(session: Session, job_id: int) -> bool:
    row = select(Job.id).where(Job.id == job_id).with_for_update(skip_locked=True)
    return session.scalars(row).first() is not None


def _drop_ended(session: Session) -> None:
    ended = select(Job.id).where(Job.state.in_((JobState.CANCELLED, JobState.DONE)))
    session.execute(delete(Scan).where(Scan.job_id.in_(ended)))


def _adopt(session: Session, moment: datetime) -> None:
    """Take note of scans whose process died before it said that it was one."""
    silent = Job.progress_at < moment - timedelta(seconds=SILENT_S)
    unknown = select(Job.id).where(*_IS_OPEN, silent, ~exists().where(Scan.job_id == Job.id))
    for job_id in session.scalars(unknown).all():
        _offer(session, job_id, moment - _LONG_AGO)
        ledger.set_fault(session, job_id, _BROKE_OFF)
