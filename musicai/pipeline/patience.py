"""Waiting for a catalogue that is away, with the work done so far kept in memory."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from musicai.errors import CatalogueUnavailableError
from musicai.pipeline.watchdog import never

T = TypeVar("T")
_LONGEST_PAUSE_S = 10.0
GIVE_UP_S = 300.0
_STOPPING_S = 4.0
"""So long a process that is told to end still tries to write what it has in hand."""

log = logging.getLogger(__name__)


def patiently(
    action: Callable[[], T], give_up_s: float = GIVE_UP_S, stopping: Callable[[], bool] = never
) -> T:
    """Run a transaction again and again until the catalogue takes it.

    Parameters
    ----------
    stopping: whether this process is about to end: it waits for a few seconds then.

    Raises
    ------
    CatalogueUnavailableError: it stayed away for `give_up_s`; the items go back when their lease ends.
    """
    pause_s, deadline = 0.2, time.monotonic() + give_up_s
    told = False
    while True:
        try:
            return action()
        except CatalogueUnavailableError as err:
            if stopping() and not told:
                told, deadline = True, min(deadline, time.monotonic() + _STOPPING_S)
            if time.monotonic() + pause_s > deadline:
                raise
            log.warning("%s; trying again in %.1f s", err, pause_s)
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 1.0 if told else _LONGEST_PAUSE_S)
