"""Waiting for a catalogue that is away, with the work done so far kept in memory."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from musicai.errors import CatalogueUnavailableError

T = TypeVar("T")
_LONGEST_PAUSE_S = 10.0
GIVE_UP_S = 300.0

log = logging.getLogger(__name__)


def patiently(action: Callable[[], T], give_up_s: float = GIVE_UP_S) -> T:
    """Run a transaction again and again until the catalogue takes it.

    Raises
    ------
    CatalogueUnavailableError: it stayed away for `give_up_s`; the items go back when their lease ends.
    """
    pause_s, deadline = 0.2, time.monotonic() + give_up_s
    while True:
        try:
            return action()
        except CatalogueUnavailableError as err:
            if time.monotonic() + pause_s > deadline:
                raise
            log.warning("%s; trying again in %.1f s", err, pause_s)
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
