"""Ending work that hangs: first with an exception, and when nothing hears it, with the process."""

import faulthandler
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from musicai.errors import TimedOutError

_LAST_RESORT_S = 5
# each arming of faulthandler starts a thread: once for every track costs more than reading its tags
_LEAST_REARM_S = 2


class Watchdog:
    """Looks after the tracks of a handful; `watch` makes one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._armed = 0.0

    @contextmanager
    def time_limit(self) -> Iterator[None]:
        """Raise TimedOutError in the block unless `still_alive` is called every so often."""
        self.still_alive()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def rest(self) -> None:
        """Stop counting until `still_alive`: what follows is not the track's fault."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        self._armed = 0.0

    def still_alive(self) -> None:
        """Start to count anew."""
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        if time.monotonic() - self._armed > _LEAST_REARM_S:
            patience_s = self._seconds + _LAST_RESORT_S + _LEAST_REARM_S
            faulthandler.dump_traceback_later(patience_s, exit=True)
            self._armed = time.monotonic()


@contextmanager
def watch(seconds: float) -> Iterator[Watchdog]:
    """Yield a watchdog that gives a track so many seconds to get on.

    A decoder that hangs inside C never returns to Python and so never hears the signal. Five to seven
    seconds later faulthandler, whose clock is a thread in C, prints where it hung and ends the process;
    the catalogue then finds out which track it was. Works in the main thread only.
    """

    def ring(signum: int, frame: FrameType | None) -> None:
        raise TimedOutError(f"decoding did not get on for {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield Watchdog(seconds)
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)
