"""Reading folders on behalf of jobs that nobody waits for: what a worker does about a scan."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from musicai.catalogue import ledger, scans
from musicai.catalogue.session import reading
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import BrokerUnavailableError, NodeFaultError, NotFoundError
from musicai.library.mounted import check_mounted
from musicai.messages import ScanCall
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.held_scan import HeldScan, held_scan
from musicai.services.jobs import JobView
from musicai.services.reconcile import reconcile
from musicai.services.scan_missing import holds_tracks
from musicai.services.scan_options import ScanOptions
from musicai.services.scan_places import stretches
from musicai.services.scan_report import ScanProgress

log = logging.getLogger(__name__)

SHUNNED_S = 10.0
"""Seconds that this process leaves a scan alone whose folder it lacks, so that others get a turn."""
_RECONCILE_S = 60.0
_TURN_S = 2.0
"""As long as a process classifies at a time."""


@dataclass
class ScanWork:
    """What a process needs to read folders.

    Parameters
    ----------
    stopping: whether the worker that this process belongs to is about to end.
    meanwhile: what a process that is the only one of its worker does between batches, up to half of the
        time: nobody else would classify.
    """

    engine: Engine
    settings: Settings
    holder: ProcessIdentity
    dispatcher: Dispatcher
    stopping: Callable[[], bool]
    meanwhile: Callable[[], None] | None = None
    _shunned: dict[int, tuple[float, NodeFaultError]] = field(default_factory=dict, init=False)
    _reconciled: float = field(default_factory=time.monotonic, init=False)
    _turned: float = field(default_factory=time.monotonic, init=False)

    def run(self) -> int | None:
        """Read the folders of the most urgent job that waits for it; return its number, None without one.

        Safe to run any number of times, also at once: the catalogue decides who reads what. One process of
        a machine reads at a time; the others have tracks to classify.

        Raises
        ------
        NodeFaultError: this node does not find the folders, or reads others already: another may do it.
        CatalogueUnavailableError: the catalogue went away; the scan starts over when its lease is over.
        """
        self._forget()
        with reading(self.engine) as session:
            if scans.next_waiting(session) is None:
                return None
            if scans.is_busy(session, self.holder.host):
                raise NodeFaultError(f"{self.holder.host} reads the folders of another job already")
        with held_scan(self.engine, self.settings, self.holder, shunned=tuple(self._shunned)) as scan:
            if scan is not None:
                self._read(scan)
                return scan.job_id
        for _, fault in self._shunned.values():
            raise fault  # nothing else waits; the message is for somebody who finds the folder
        return None

    def call_next(self) -> None:
        """Call somebody for the next scan that waits; the one that this process gave back may be it."""
        with reading(self.engine) as session:
            waiting = scans.next_waiting(session)
        if waiting is not None:
            self.dispatcher.call_scanner(ScanCall(waiting.job_id, waiting.library))

    def _forget(self) -> None:
        moment = time.monotonic()
        self._shunned = {job: pair for job, pair in self._shunned.items() if pair[0] > moment}

    def _read(self, scan: HeldScan) -> None:
        try:
            self._check_mounts(scan.job_id)
            scan.read(self._on_batch, self.stopping)
        except NotFoundError as err:
            raise self._lacking(scan.job_id, NodeFaultError(str(err))) from err
        except NodeFaultError as err:
            raise self._lacking(scan.job_id, err) from err
        self._wake(jobs.read(self.engine, scan.job_id))

    def _check_mounts(self, job_id: int) -> None:
        """Refuse a bare mount point: here it would mean that every track is gone."""
        with reading(self.engine) as session:
            options = ScanOptions.from_json(ledger.get_job(session, job_id).options)
        places = stretches(self.engine, options.targets, self.settings.mounts)
        with reading(self.engine) as session:
            known = [place for place in places if holds_tracks(session, place.library_id)]
        for place in known:
            try:
                check_mounted(place.name, place.root)
            except NodeFaultError as err:
                raise NodeFaultError(
                    f"{err}; if its files are really gone, `musicai enqueue PATH --force` says so"
                ) from err

    def _lacking(self, job_id: int, fault: NodeFaultError) -> NodeFaultError:
        self._shunned[job_id] = (time.monotonic() + SHUNNED_S, fault)
        return fault

    def _on_batch(self, progress: ScanProgress, view: JobView) -> None:
        self._wake(view)
        if self.meanwhile is not None and time.monotonic() - self._turned > _TURN_S:
            self.meanwhile()
            self._turned = time.monotonic()
        if time.monotonic() - self._reconciled > _RECONCILE_S:
            # where a node has one process, a scan of hours would keep it from looking after the rest
            self._reconciled = time.monotonic()
            self._mend()

    def _wake(self, view: JobView) -> None:
        try:
            jobs.wake(self.dispatcher, view)
        except BrokerUnavailableError as err:
            log.warning("%s; job %d is woken when it is back", err, view.id)

    def _mend(self) -> None:
        try:
            reconcile(self.engine, self.settings, self.dispatcher)
        except BrokerUnavailableError as err:
            log.warning("%s", err)
