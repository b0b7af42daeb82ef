"""Ending work that hangs or that nobody waits for: with an exception, at last with the process."""

import faulthandler
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from musicai.errors import TimedOutError

_LAST_RESORT_S = 5
# each arming of faulthandler starts a thread: once for every track costs more than reading its tags
_LEAST_REARM_S = 2
_BELL_S = 1.0


class WorkerStops(BaseException):
    """The worker was told to end: no fault of the track, so nothing that a decoder catches."""


def never() -> bool:
    """Return False: nobody stops what asks this."""
    return False


class Watchdog:
    """Looks after the tracks of a handful; `watch` makes one."""

    def __init__(self, seconds: float, stopping: Callable[[], bool] = never) -> None:
        self._seconds, self._stopping = seconds, stopping
        self._armed = self._deadline = 0.0

    @contextmanager
    def time_limit(self) -> Iterator[None]:
        """Raise TimedOutError in the block unless `still_alive` is called every so often.

        Raises
        ------
        WorkerStops: the worker is to end, within a second.
        """
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
        bell_s = min(_BELL_S, self._seconds)
        signal.setitimer(signal.ITIMER_REAL, bell_s, bell_s)
        self._deadline = time.monotonic() + self._seconds
        if time.monotonic() - self._armed > _LEAST_REARM_S:
            patience_s = self._seconds + _LAST_RESORT_S + _LEAST_REARM_S
            faulthandler.dump_traceback_later(patience_s, exit=True)
            self._armed = time.monotonic()

    def ring(self, signum: int, frame: FrameType | None) -> None:
        """Look, once a second, whether the track goes on: the handler of the bell."""
        if self._stopping():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise WorkerStops
        if time.monotonic() >= self._deadline:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise TimedOutError(f"decoding did not get on for {self._seconds:g} s")


@contextmanager
def watch(seconds: float, stopping: Callable[[], bool] = never) -> Iterator[Watchdog]:
    """Yield a watchdog that gives a track so many seconds to get on, fewer when the worker is to stop.

    A decoder that hangs inside C never returns to Python and so never hears the signal. Five to seven
    seconds later faulthandler, whose clock is a thread in C, prints where it hung and ends the process;
    the catalogue then finds out which track it was. Works in the main thread only.
    """
    watchdog = Watchdog(seconds, stopping)
    before = signal.signal(signal.SIGALRM, watchdog.ring)
    try:
        yield watchdog
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)
