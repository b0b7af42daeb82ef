"""Putting right what faults left behind: claims of the dead, lost messages, jobs that nobody closed."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from musicai import names
from musicai.catalogue import claims, counters, ledger, runs, scans
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Job, Library
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.messages import ScanCall, WakeUp
from musicai.services.call_trainers import call_trainers
from musicai.states import JobKind


@dataclass(frozen=True)
class Reconciliation:
    """What was wrong: claims, runs and scans taken back, jobs closed, messages sent again.

    Parameters
    ----------
    retired: rows that had served their time.
    """

    released: int
    closed: int
    woken: int
    retired: int = 0

    def __str__(self) -> str:
        done = f"{self.released} taken back, {self.closed} closed, {self.woken} messages sent"
        return f"{done}, {self.retired} rows retired" if self.retired else done

    @property
    def is_idle(self) -> bool:
        """Whether all was well."""
        return not (self.released or self.closed or self.woken or self.retired)


def reconcile(engine: Engine, settings: Settings, dispatcher: Dispatcher) -> Reconciliation:
    """Compare the catalogue with the world and mend what differs; nothing when all is well.

    Raises
    ------
    BrokerUnavailableError: after the catalogue was put right; the messages can follow later.
    """
    with transaction(engine) as session:
        released = claims.release_dead(session, settings.item_timeout_s)
        released += runs.release_dead(session) + scans.release_dead(session)
        live = session.scalars(select(Job.id).where(Job.state.in_(ledger.LIVE))).all()
        closed = sum(ledger.close_if_finished(session, job_id) for job_id in live)
        counters.retire(session)
    woken = _wake(engine, dispatcher) + call_trainers(engine, dispatcher, runs.waiting)
    woken += _call_scanners(engine, dispatcher)
    return Reconciliation(released, closed, woken)


def _wake(engine: Engine, dispatcher: Dispatcher) -> int:
    """Fill the window when it is empty: a message in the queue finds whatever waits by itself."""
    with reading(engine) as session:
        waiting = session.execute(
            select(Job.id, Library.name, Job.total - Job.done - Job.failed - Job.skipped - Job.cancelled)
            .join(Library, Library.id == Job.library_id, isouter=True)
            .where(Job.state.in_(ledger.LIVE), Job.kind == JobKind.CLASSIFY)
            .order_by(Job.priority.desc(), Job.id)
        ).all()
    if not any(pending for _, _, pending in waiting) or dispatcher.waiting():
        return 0
    return sum(dispatcher.top_up(WakeUp(job_id, name or ""), pending) for job_id, name, pending in waiting)


def _call_scanners(engine: Engine, dispatcher: Dispatcher) -> int:
    """Send a message for each scan that waits, unless nobody takes messages anyway."""
    if dispatcher.waiting(names.CONTROL_QUEUE):
        return 0
    with transaction(engine) as session:
        calls = [ScanCall(scan.job_id, scan.library) for scan in scans.call(session)]
    for call in calls:
        dispatcher.call_scanner(call)
    return len(calls)
