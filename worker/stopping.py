"""Whether this worker was asked to end, and why: what its pool processes look at when a task takes long."""

import os
import signal
from multiprocessing.sharedctypes import RawValue
from typing import Any

from celery.signals import worker_shutdown, worker_shutting_down

from musicai.errors import CatalogueOutdatedError

# without a lock: a byte needs none, and a process that died with it in hand would stop all others
_asked = RawValue("b", 0)
_outdated = RawValue("b", 0)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def note(**_: Any) -> None:
    """Remember it where the pool processes, forked before, can see it."""
    _asked.value = 1


def is_stopping() -> bool:
    """Whether the worker ends as soon as its tasks do."""
    return bool(_asked.value)


def stop_outdated() -> None:
    """Let the worker of this pool process end in good order: the catalogue was upgraded past its code."""
    _asked.value = _outdated.value = 1
    os.kill(os.getppid(), signal.SIGTERM)


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def say_why(sender: Any, **_: Any) -> None:
    """End with the status of the error, so that no supervisor starts the same code again."""
    if _outdated.value:
        sender.exitcode = CatalogueOutdatedError.exit_status
