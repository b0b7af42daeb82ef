"""Staying with a job until it ends: looking after services, mending faults, telling how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import CatalogueUnavailableError, NodeFaultError, TransientError
from musicai.services import jobs
from musicai.services.audience import Audience
from musicai.services.jobs import JobView
from musicai.services.node import Node
from musicai.services.reconcile import reconcile

_TICK_S = 0.25
_FAR_FROM_ITS_END = 256
"""Pending items beyond which a look a second is enough: the processor belongs to the workers."""
_FAR_TICK_S = 1.0
_LOOK_S = 1.0
_RECONCILE_S = 2.0
_FAULT_S = 15.0
"""A fault of this node that lasts longer ends the waiting: nobody else would mend it."""


@dataclass
class Follower:
    """Waits for one job.

    Parameters
    ----------
    node: the services of this machine, None when a configured broker's workers do the job.
    on_view: called with the job several times a second.
    on_event: called with what happened besides: a service that was started again, a broker that is away.
    """

    engine: Engine
    settings: Settings
    dispatcher: Dispatcher
    node: Node | None
    on_view: Callable[[JobView], None]
    on_event: Callable[[str], None]
    _looked: float = field(default=0.0, init=False)
    _mended: float = field(default=0.0, init=False)
    _fault_since: float | None = field(default=None, init=False)

    @cached_property
    def _audience(self) -> Audience:
        return Audience(lambda: self.dispatcher, self.on_event)

    def wait(self, job_id: int) -> JobView:
        """Return the job when it has ended or was paused by somebody.

        Raises
        ------
        NodeFaultError: this machine alone should do the job and cannot: no model, no mount.
        """
        while True:
            view = self.tick(job_id)
            if view is not None and (view.has_ended or view.state == "paused"):
                return view
            far = view is None or view.pending > _FAR_FROM_ITS_END
            time.sleep(_FAR_TICK_S if far else _TICK_S)

    def tick(self, job_id: int) -> JobView | None:
        """Look after everything once; None when the catalogue is away."""
        self._look_after_services()
        try:
            self._mend()
            view = jobs.read(self.engine, job_id)
        except CatalogueUnavailableError as err:
            self.on_event(f"{err}; waiting for it")
            return None
        self._watch_fault(view)
        self.on_view(view)
        if self.node is None:
            self._audience.look(view)
        return view

    def _look_after_services(self) -> None:
        if self.node is None or time.monotonic() - self._looked < _LOOK_S:
            return
        self._looked = time.monotonic()
        for event in self.node.check():
            self.on_event(event)

    def _mend(self) -> None:
        if time.monotonic() - self._mended < _RECONCILE_S:
            return
        self._mended = time.monotonic()
        try:
            reconcile(self.engine, self.settings, self.dispatcher)
        except CatalogueUnavailableError:
            raise
        except TransientError as err:
            self.on_event(f"{err}; waiting for it")

    def _watch_fault(self, view: JobView) -> None:
        if view.fault is None or self.node is None:
            self._fault_since = None
            return
        self._fault_since = self._fault_since or time.monotonic()
        if time.monotonic() - self._fault_since > _FAULT_S:
            raise NodeFaultError(view.fault)
