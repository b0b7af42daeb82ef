"""Signs of life of a process that works on a run for hours."""

import logging
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from musicai.catalogue import runs
from musicai.catalogue.runs import Standing
from musicai.catalogue.session import transaction
from musicai.errors import CatalogueUnavailableError, RunLostError
from musicai.process import ProcessIdentity

log = logging.getLogger(__name__)

_BEATS_PER_LEASE = 4
_LONGEST_BEAT_S = 5.0
"""So soon a run that was cancelled or paused stops."""


class Heartbeat:
    """Renews the lease of a run from a thread of its own, and learns whether the run is still wanted.

    A thread: reading the data or one epoch may take longer than the lease.
    """

    def __init__(self, engine: Engine, run_id: int, holder: ProcessIdentity, lease_s: float) -> None:
        self._engine, self._run_id, self._holder, self._lease_s = engine, run_id, holder, lease_s
        self._standing = Standing.OURS
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def insist(self) -> Standing:
        """Return how this process stands to the run; RunLostError when it is another's."""
        if self._standing is Standing.LOST:
            raise RunLostError(self._run_id)
        return self._standing

    def _beat(self) -> None:
        beat_s = min(self._lease_s / _BEATS_PER_LEASE, _LONGEST_BEAT_S)
        while not self._ended.wait(beat_s) and self._standing is not Standing.LOST:
            try:
                with transaction(self._engine) as session:
                    self._standing = runs.renew(session, self._run_id, self._holder, self._lease_s)
            except (CatalogueUnavailableError, SQLAlchemyError) as err:
                # the run goes on; a lease that runs out meanwhile is noticed at the next beat
                log.warning("lease of run %d: %s", self._run_id, err)
