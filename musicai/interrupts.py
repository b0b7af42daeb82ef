"""Signals that end a command the way Ctrl-C does, and a Ctrl-C that is never lost."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S = 0.05


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Raise a KeyboardInterrupt that was lost once more, a moment later; for the main thread.

    What is raised while Python finalises an object or calls back from C ends there, and goes to
    `sys.unraisablehook`: a command whose Ctrl-C came just then would run on.
    """
    others = sys.unraisablehook

    def hook(unraisable: "UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)  # needs no lock that may be held just now
        else:
            others(unraisable)

    sys.unraisablehook = hook
    try:
        with interrupted_by(signal.SIGALRM):
            yield
    finally:
        sys.unraisablehook = others


@contextmanager
def interrupted_by(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals end the block the way Ctrl-C does; those that the process ignores stay ignored."""
    # a shell has programs in the background ignore Ctrl-C, and nohup has them ignore the terminal's end
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
