"""Ending work that hangs: first with an exception, and when nothing hears it, with the process."""

import faulthandler
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from musicai.errors import TimedOutError

_LAST_RESORT_S = 5


@contextmanager
def time_limit(seconds: float) -> Iterator[Callable[[], None]]:
    """Raise TimedOutError in the block unless the function that it yields is called every so often.

    A decoder that hangs inside C never returns to Python and so never hears the signal. Five seconds
    later faulthandler, whose clock is a thread in C, prints where it hung and ends the process; the
    catalogue then finds out which track it was. Works in the main thread only.
    """

    def ring(signum: int, frame: FrameType | None) -> None:
        raise TimedOutError(f"decoding did not get on for {seconds:g} s")

    def still_alive() -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        faulthandler.dump_traceback_later(seconds + _LAST_RESORT_S, exit=True)

    before = signal.signal(signal.SIGALRM, ring)
    still_alive()
    try:
        yield still_alive
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)
