"""What a record is about: the job, the track, the run, the task that this thread works on."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_bound: ContextVar[Mapping[str, Any] | None] = ContextVar("musicai_bound", default=None)


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Give all records of the block these fields, besides those of the blocks around it."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


class AddContext(logging.Filter):
    """Puts on each record, as `context`, what it is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: nothing is left out."""
        # Celery tells of a task before and after it, outside of every block, and says which one here
        told = _of_celery(getattr(record, "data", None))
        record.context = {**told, **(_bound.get() or {})}
        return True


def _of_celery(told: object) -> dict[str, Any]:
    if isinstance(told, Mapping) and "id" in told:
        return {"task": told.get("name"), "task_id": told["id"]}
    return {}
