"""Whether this worker was asked to end: what its pool processes look at when a task takes hours."""

from multiprocessing.sharedctypes import RawValue
from typing import Any

from celery.signals import worker_shutting_down

# without a lock: a byte needs none, and a process that died with it in hand would stop all others
_asked = RawValue("b", 0)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def note(**_: Any) -> None:
    """Remember it where the pool processes, forked before, can see it."""
    _asked.value = 1


def is_stopping() -> bool:
    """Whether the worker ends as soon as its tasks do."""
    return bool(_asked.value)
