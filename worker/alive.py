"""The worker's sign of life: a step of its consumer, so that it ends with what takes the messages."""

import time
from typing import Any

from celery import bootsteps
from celery.worker import state

from musicai.config import Settings
from musicai.process import ProcessIdentity
from musicai.services.health.sign_of_life import EVERY_S, SignOfLife


class Alive(bootsteps.StartStopStep):  # type: ignore[misc]
    """Writes down every few seconds what the worker has in hand, and since when it has taken nothing."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._settings = Settings.from_env()
        self._identity = ProcessIdentity.current()
        self._timer: Any = None
        self._taken = -1
        self._free_since = time.monotonic()

    def start(self, consumer: Any) -> None:
        """Begin, after each connection to the broker."""
        # never from here: an error of the disk would be taken for one of the connection
        consumer.timer.call_after(0, self._note, (consumer,))
        self._timer = consumer.timer.call_repeatedly(EVERY_S, self._note, (consumer,))

    def stop(self, consumer: Any) -> None:
        """End, when the connection is lost or the worker stops."""
        if self._timer is not None:
            self._timer.cancel()

    def _note(self, consumer: Any) -> None:
        now, processes = time.monotonic(), int(consumer.pool.num_processes)
        busy, taken = len(state.reserved_requests), int(state.all_total_count[0])
        if taken != self._taken or busy >= processes:
            self._taken, self._free_since = taken, now
        sign = SignOfLife(
            host=self._identity.host,
            pid=self._identity.pid,
            started=self._identity.started,
            queues=tuple(queue.name for queue in consumer.task_consumer.queues),
            processes=processes,
            busy=busy,
            idle_s=now - self._free_since,
            at=now,
        )
        sign.write(self._settings)
