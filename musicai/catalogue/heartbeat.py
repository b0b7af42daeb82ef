"""Signs of life of a process that works on one thing for minutes or hours: a run, a scan."""

import logging
import threading
from collections.abc import Callable
from enum import Enum, auto
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from musicai.catalogue.session import transaction
from musicai.errors import CatalogueOutdatedError, CatalogueUnavailableError

log = logging.getLogger(__name__)

_BEATS_PER_LEASE = 4
_LONGEST_BEAT_S = 5.0
"""So soon what was cancelled or paused stops."""


class Standing(Enum):
    """How a process stands to the run or the scan that it began."""

    OURS = auto()
    """It goes on."""
    PAUSED = auto()
    """Somebody wants it to stop, and to go on later."""
    CANCELLED = auto()
    """Somebody wants it to stop for good."""
    LOST = auto()
    """Another process has taken it over."""


class Heartbeat:
    """Renews a lease from a thread of its own, and learns whether the work is still wanted.

    A thread: reading the data, one epoch or one folder may take longer than the lease.

    Parameters
    ----------
    renew: lengthens the lease and says how the process stands to what it works on.
    lease_s: how long the lease lasts.
    what: for the log, such as 'run 3'.
    """

    def __init__(
        self, engine: Engine, renew: Callable[[Session], Standing], lease_s: float, what: str
    ) -> None:
        self._engine, self._renew, self._lease_s, self._what = engine, renew, lease_s, what
        self._standing = Standing.OURS
        self._outdated: CatalogueOutdatedError | None = None
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

    @property
    def standing(self) -> Standing:
        """What the last beat was told; CatalogueOutdatedError when the catalogue was upgraded meanwhile."""
        if self._outdated is not None:
            raise self._outdated
        return self._standing

    def _beat(self) -> None:
        beat_s = min(self._lease_s / _BEATS_PER_LEASE, _LONGEST_BEAT_S)
        while not self._ended.wait(beat_s) and self._standing is not Standing.LOST:
            try:
                with transaction(self._engine) as session:
                    self._standing = self._renew(session)
            except CatalogueOutdatedError as err:
                self._outdated = err
                return
            except (CatalogueUnavailableError, SQLAlchemyError) as err:
                # the work goes on; a lease that runs out meanwhile is noticed at the next beat
                log.warning("lease of %s: %s", self._what, err)
