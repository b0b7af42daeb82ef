"""Telling Flower how far a long task is, while it works."""

import logging
import time
from dataclasses import dataclass, field
from functools import cached_property

from celery import Celery, Task
from kombu.exceptions import KombuError

from musicai.config import Settings
from musicai.dispatch import open_client

log = logging.getLogger(__name__)

_BETWEEN_S = 2.0
_AWAY_S = 60.0
"""So long nothing is said to a broker that did not answer: each attempt may cost the task seconds."""


@dataclass
class Teller:
    """Sends what Flower shows as the result of a task so far. Never waits for a broker that is away."""

    settings: Settings
    _next: float = field(default=0.0, init=False)

    def tell(self, task: Task, text: str) -> None:
        """Tell, unless something was told just now."""
        if time.monotonic() < self._next:
            return
        pause_s = _BETWEEN_S
        try:
            self._send(task, text)
        except self._errors as err:
            log.info("Flower is not told how far the task is: %s", err)
            pause_s = _AWAY_S
        self._next = time.monotonic() + pause_s

    def _send(self, task: Task, text: str) -> None:
        request = task.request
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
            with self._app.events.Dispatcher(connection, hostname=request.hostname) as events:
                # Of all kinds of events this one alone adds to a task that has begun and leaves it begun: a
                # kind of our own would take it out of the page of what is at work.
                events.send(
                    "task-sent",
                    uuid=request.id,
                    name=task.name,
                    args="()",
                    kwargs=repr(request.kwargs),
                    result=repr(text),
                )

    @cached_property
    def _app(self) -> Celery:
        # not the worker's: that one waits for ever, as it should for messages
        return open_client(self.settings)

    @cached_property
    def _errors(self) -> tuple[type[Exception], ...]:
        connection = self._app.connection_for_write()
        return (KombuError, *connection.connection_errors, *connection.channel_errors)
