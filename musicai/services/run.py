"""Carrying a job: scanning its folders, waking workers or running them here, waiting for its end."""

import signal
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from sqlalchemy import Engine

from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import (
    BrokerUnavailableError,
    CatalogueUnavailableError,
    NodeFaultError,
    ServiceError,
    StateError,
)
from musicai.interrupts import interrupted_by
from musicai.messages import ScanCall
from musicai.services import jobs
from musicai.services.audience import queue_of, say_if_nobody_hears
from musicai.services.enqueue import scan_job
from musicai.services.follow import Follower
from musicai.services.jobs import JobView
from musicai.services.node import Node
from musicai.services.scan_report import ScanProgress
from musicai.states import JobKind

_BROKER_AGAIN_S = 10.0
_TICK_S = 2.0


class Display(Protocol):
    """Shows how a job gets on."""

    def scanned(self, progress: ScanProgress, view: JobView) -> None:
        """Show how far the scan is."""

    def viewed(self, view: JobView) -> None:
        """Show how far the job is."""

    def happened(self, event: str) -> None:
        """Tell of something besides: a service that was started again, a broker that is away."""


class Interrupted(Exception):  # noqa: N818 -- not an error: the user's wish
    """Ctrl-C or SIGTERM: the job was left in a state that `musicai jobs resume` carries on from."""

    def __init__(self, view: JobView) -> None:
        super().__init__(view)
        self.view = view


@dataclass
class JobRun:
    """Carries one job on behalf of a command.

    Parameters
    ----------
    wait: whether to stay until its end. With no broker configured, waiting also means working: a private
        broker and workers run on this machine as long as it takes.
    """

    engine: Engine
    settings: Settings
    display: Display
    wait: bool
    node: Node | None = field(default=None, init=False)
    _broker_failed_at: float | None = field(default=None, init=False)
    _ticked_at: float = field(default=0.0, init=False)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What wakes workers; made when there is a reason, for Celery is slow to import."""
        return jobs.open_dispatcher(self.settings)

    def carry(self, job_id: int) -> JobView:
        """Scan what is not scanned, wake workers, and when waiting return the job as it ended.

        Raises
        ------
        Interrupted: the user broke off.
        BrokerUnavailableError: nobody could be woken; the job stands in the catalogue.
        CatalogueUnavailableError: it went away during the scan; what was scanned stands in it.
        """
        ended = False
        try:
            with interrupted_by(signal.SIGTERM):
                view = self._carry(job_id)
            ended = view.has_ended
            return view
        except KeyboardInterrupt:
            raise Interrupted(self._leave(job_id)) from None
        except CatalogueUnavailableError as err:
            raise CatalogueUnavailableError(
                f"{err}\nwhen it is back `musicai jobs resume {job_id}` carries on with the job"
            ) from err
        except (ServiceError, NodeFaultError):
            # this machine cannot go on with it; somebody who mended the reason can
            self._leave(job_id)
            raise
        finally:
            if self.node:
                # another job may have tracks in the hands of our workers: they finish them first
                self.node.stop(at_once=ended and not jobs.anything_in_hand(self.engine))

    def _carry(self, job_id: int) -> JobView:
        view = jobs.read(self.engine, job_id)
        if jobs.needs_scan(view):
            view = self._scan(view)
        self._wake(view, insist=not self.wait)
        if view.run is not None and not self.node:
            self._say_who_trains(view)
        if not self.wait or view.has_ended:
            return view
        return self._follower().wait(job_id)

    def _say_who_trains(self, view: JobView) -> None:
        """Say at once that no trainer is there: unlike workers, many have none."""
        queue = queue_of(view)
        if queue is not None and (said := say_if_nobody_hears(self.dispatcher, queue)):
            self.display.happened(said)

    def _scan(self, view: JobView) -> JobView:
        if view.schedule is None or self.settings.has_private_broker:
            return scan_job(self.engine, self.settings, view.id, self._on_batch)
        # a schedule's folders are where the workers are, and perhaps not here
        self.dispatcher.call_scanner(ScanCall(view.id, view.library or ""))
        return view

    def _on_batch(self, progress: ScanProgress, view: JobView) -> None:
        self.display.scanned(progress, view)
        self._wake(view)
        if self.node and time.monotonic() - self._ticked_at > _TICK_S:
            self._ticked_at = time.monotonic()
            self._follower().tick(view.id)

    def _wake(self, view: JobView, *, insist: bool = False) -> None:
        """Wake workers; a broker that is away is asked again later, unless this is the last chance."""
        if not view.pending or (self._broker_is_away() and not insist):
            return
        self._start_node(view.kind)
        try:
            jobs.wake(self.dispatcher, view)
            self._broker_failed_at = None
        except BrokerUnavailableError as err:
            self._broker_failed_at = time.monotonic()
            if insist:
                raise BrokerUnavailableError(
                    f"{err}\njob {view.id} stands in the catalogue with {view.pending} tracks to do; "
                    f"`musicai jobs resume {view.id}` or the scheduler wakes it when the broker is back"
                ) from err
            if self.wait:  # who does not wait is told once, in the end
                self.display.happened(f"{err}; waiting for it")

    def _broker_is_away(self) -> bool:
        failed = self._broker_failed_at
        return failed is not None and time.monotonic() - failed < _BROKER_AGAIN_S

    def _start_node(self, kind: str) -> None:
        """Start services at the first track that needs one: a rescan without news starts nothing."""
        if self.node or not (self.wait and self.settings.has_private_broker):
            return
        self.node = Node(self.settings, ("broker", "trainer" if kind == JobKind.TRAIN else "worker"))
        self.node.start()

    def _follower(self) -> Follower:
        display = self.display
        return Follower(
            self.engine, self.settings, self.dispatcher, self.node, display.viewed, display.happened
        )

    def _leave(self, job_id: int) -> JobView:
        """Pause what nobody would carry on; a scanned job of other nodes' workers simply goes on."""
        view = jobs.read(self.engine, job_id)
        ours = self.settings.has_private_broker or jobs.needs_scan(view)
        try:
            return jobs.pause(self.engine, job_id) if ours else view
        except StateError:  # it ended, or somebody paused it, in this very moment
            return jobs.read(self.engine, job_id)
