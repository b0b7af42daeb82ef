"""What is printed past the logging becomes records, too: who reads JSON line by line stumbles over text.

Celery prints when it is told to stop, Python prints errors that nobody caught, click prints what is wrong
with a command. All of it is written at once and past every lock, for some of it comes from signal handlers.
"""

import io
import logging
import os
import sys
import threading
from types import TracebackType
from typing import Any, TextIO

log = logging.getLogger(__name__)


class Recorded(io.TextIOBase):
    """A standard stream of which each line becomes a record.

    Parameters
    ----------
    real: the stream in whose place it stands.
    handler: formats the records.
    level: of each record.
    """

    encoding, errors = "utf-8", "replace"

    def __init__(self, real: TextIO, handler: logging.Handler, level: int) -> None:
        self.real, self._handler, self._level = real, handler, level
        self._begun = ""

    def write(self, text: str) -> int:
        """Write the records of all lines that are whole now."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, map(str.strip, lines)):
            self.record(line)
        return len(text)

    def flush(self) -> None:
        """Do nothing: lines are written when they are whole."""

    def isatty(self) -> bool:
        """Return False: nobody wants colours in a record."""
        return False

    def fileno(self) -> int:
        """Return the descriptor of the real stream, for processes that are started."""
        return self.real.fileno()

    def record(self, line: str) -> None:
        """Write a record; also in the middle of another, as a signal handler may."""
        record = logging.LogRecord(__name__, self._level, "", 0, line, None, None)
        self._handler.filter(record)
        content = f"{self._handler.format(record)}\n".encode()
        # one write, and not through the stream: a signal may come while this very process writes to it
        os.write(self.real.fileno(), content)


def real(stream: TextIO) -> TextIO:
    """Return the stream itself, whether or not it is recorded."""
    return stream.real if isinstance(stream, Recorded) else stream


def say(line: str) -> None:
    """Print a line from a signal handler."""
    out = sys.stdout
    if isinstance(out, Recorded):
        out.record(line)
    else:
        out.write(f"{line}\n")
        out.flush()


def record_prints(handler: logging.Handler) -> None:
    """Turn what this process prints from now on into records, and errors that nobody catches."""
    out: Any = Recorded(real(sys.stdout), handler, logging.INFO)
    err: Any = Recorded(real(sys.stderr), handler, logging.WARNING)
    sys.stdout = sys.__stdout__ = out  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = err  # type: ignore[misc]
    sys.excepthook = _uncaught
    threading.excepthook = _of_a_thread


def _of_a_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:  # so a thread ends itself, and Python is silent about it, too
        _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _uncaught(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    found = (kind, error, traceback) if error else None
    log.critical("an error that nobody caught: %s: %s", kind.__name__, error, exc_info=found)
