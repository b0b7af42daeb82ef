"""Signals that end a command the way Ctrl-C does: never lost, and not in the midst of what would break."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S = 0.05
_HOLD_S = 1.0


class _State:
    """What the handler of signals and the blocks that it ends tell each other."""

    held = 0
    """Blocks around this moment that an interrupt is to wait for."""
    came = False
    """Whether one waits."""
    rings = False
    """Whether the alarm is set."""


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Let Ctrl-C end the block, and raise a KeyboardInterrupt once more that was lost.

    For the main thread of a command. What is raised while Python finalises an object ends there, and goes
    to `sys.unraisablehook`: a command whose Ctrl-C came just then would run on.
    """
    others = sys.unraisablehook

    def hook(unraisable: "UnraisableHookArgs") -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            others(unraisable)
            return
        try:
            _ring_in(_AGAIN_S)
        except KeyboardInterrupt:  # what is raised here is lost for good
            _ring_in(_AGAIN_S)

    with interrupted_by(signal.SIGINT):
        sys.unraisablehook = hook
        try:
            yield
        finally:
            sys.unraisablehook = others


@contextmanager
def interrupted_by(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals end the block the way Ctrl-C does; those that the process ignores stay ignored."""
    # a shell has programs in the background ignore Ctrl-C, and nohup has them ignore the terminal's end
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGALRM, *heeded)}
    try:
        yield
    finally:
        try:
            if before[signal.SIGALRM] is not _interrupt:
                _silence()  # whoever hears the alarm from here on takes it for another's
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def interrupts_held() -> Iterator[Callable[[], None]]:
    """Let an interrupt wait a second for the end of a block that breaks when it ends just anywhere.

    Yields
    ------
    what raises an interrupt that waits, to be called where the block may end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # no signal comes here
        return
    if not _State.held:
        _State.came = False
    _State.held += 1
    try:
        yield _heed
    finally:
        _State.held -= 1
        if not _State.held:
            _heed()


def _heed() -> None:
    if _State.came:
        _forget()
        raise KeyboardInterrupt


def _interrupt(signum: int, frame: FrameType | None) -> None:
    if signum == signal.SIGALRM:
        _State.rings = False
    if not _State.held:
        _forget()
        raise KeyboardInterrupt
    if not _State.came:
        _State.came = True
        _ring_in(_HOLD_S)
    elif not _State.rings:  # the second is over
        # it stays noted: SQLite drops what is raised in its callbacks, but the end of the block does not
        raise KeyboardInterrupt


def _forget() -> None:
    _State.came = False
    _silence()


def _ring_in(seconds: float) -> None:
    # an alarm needs no lock that may be held just now
    _State.rings = True
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _silence() -> None:
    if _State.rings:
        _State.rings = False
        signal.setitimer(signal.ITIMER_REAL, 0)
