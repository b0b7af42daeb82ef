"""What a node does once a minute besides its work: reconcile, send what was lost, delete what is due."""

import logging
import time
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import NodeFaultError
from musicai.services.reconcile import Reconciliation, reconcile
from musicai.services.schedules.look import send_waiting
from musicai.services.tidy import tidy_a_little, tidy_files

log = logging.getLogger(__name__)

_ROWS_S = 2.0
"""Seconds of deleting a time: some tens of thousands of rows, in transactions that nobody waits for."""
_FILES_EVERY_S = 3600.0


@dataclass
class NodeFiles:
    """Deletes what is due from the disk of this node, at most once an hour."""

    engine: Engine
    settings: Settings
    _looked: float | None = field(default=None, init=False)

    def tidy(self) -> None:
        """Look, unless it was done within the hour; a store that cannot be reached is for the next one."""
        moment = time.monotonic()
        if self._looked is not None and moment - self._looked < _FILES_EVERY_S:
            return
        self._looked = moment
        try:
            freed = tidy_files(self.engine, self.settings)
        except NodeFaultError as err:
            log.warning("%s", err)
            return
        if freed:
            log.warning("deleted checkpoints and copies of models that nobody needs: %.1f MB", freed / 1e6)


@dataclass
class Housekeeping:
    """What a process needs to look after the catalogue and its own node."""

    engine: Engine
    settings: Settings
    dispatcher: Dispatcher
    files: NodeFiles = field(init=False)

    def __post_init__(self) -> None:
        self.files = NodeFiles(self.engine, self.settings)

    def run(self) -> Reconciliation:
        """Mend what differs and delete some of what is due; say so in the log when there was anything.

        Raises
        ------
        BrokerUnavailableError: after the catalogue was put right; the messages can follow later.
        """
        mended = reconcile(self.engine, self.settings, self.dispatcher)
        for line in send_waiting(self.engine, self.dispatcher):
            log.warning("%s", line)
        mended = replace(mended, retired=tidy_a_little(self.engine, self.settings, _ROWS_S).total)
        if not mended.is_idle:
            log.warning("reconciled: %s", mended)
        self.files.tidy()
        return mended
