"""The only place that sends messages. Send only after the transaction that made the work is committed."""

import math
from typing import TYPE_CHECKING, Any

from musicai import names
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError
from musicai.messages import FiringCall, ScanCall, TrainCall, WakeUp

# Celery takes 0.2 s to import: a rescan that finds nothing new never sends
if TYPE_CHECKING:
    from celery import Celery

_PATIENCE_S = 1.5
SMALLEST_HANDFUL = 8
"""Items below which one more worker is not worth waking."""


def open_client(settings: Settings) -> "Celery":
    """Return a Celery application that only sends. It never blocks on a broker that is frozen."""
    from celery import Celery  # noqa: PLC0415 -- see above

    from musicai.celery_settings import client_config  # noqa: PLC0415 -- see above

    app = Celery("musicai", set_as_current=False)
    app.conf.update(client_config(settings))
    return app


def broker_errors(app: "Celery") -> tuple[type[Exception], ...]:
    """Return all that a broker which is away, or says no, may raise."""
    from kombu.exceptions import OperationalError  # noqa: PLC0415 -- see above

    connection = app.connection_for_write()
    # the transport's own, too: the link may break between the greeting and the answer, and a broker
    # whose memory is full (Redis), or that has the queue with other arguments (RabbitMQ), answers no
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)


class Dispatcher:
    """Wakes workers, keeping the number of messages in the broker bounded."""

    def __init__(self, app: "Celery", window: int) -> None:
        self._app = app
        self._window = window

    def top_up(self, wake_up: WakeUp, pending: int) -> int:
        """Send what is missing of the window for that many pending items; return how many were sent.

        Raises
        ------
        BrokerUnavailableError: nothing is lost, for the work stands in the catalogue.
        """
        wanted = min(self._window, math.ceil(pending / SMALLEST_HANDFUL)) - self.waiting()
        for _ in range(wanted):
            self.wake(wake_up)
        return max(wanted, 0)

    def has_room(self) -> bool:
        """Whether another message fits the window; copies that were delivered twice end here."""
        return self.waiting() < self._window

    def wake(self, wake_up: WakeUp) -> None:
        """Send one message."""
        self._send(names.CLASSIFY_TASK, wake_up.to_kwargs())

    def call_trainer(self, call: TrainCall) -> None:
        """Tell the trainers that a run waits."""
        self._send(names.TRAIN_TASK, call.to_kwargs())

    def call_scanner(self, call: ScanCall) -> None:
        """Tell the workers that the folders of a job wait to be read."""
        self._send(names.SCAN_TASK, call.to_kwargs())

    def call_rescan(self, call: FiringCall) -> None:
        """Have a worker read the folders of a schedule again."""
        self._send(names.RESCAN_TASK, call.to_kwargs())

    def call_reconciler(self, call: FiringCall) -> None:
        """Have a worker reconcile.

        The message never expires: a worker would judge that by its own clock, and one that is a minute
        fast would throw all of them away.
        """
        self._send(names.RECONCILE_TASK, call.to_kwargs())

    def _send(self, task: str, kwargs: dict[str, Any], **options: Any) -> None:
        try:
            self._app.send_task(task, kwargs=kwargs, **options)
        except broker_errors(self._app) as err:
            raise self._unavailable(err) from err

    def waiting(self, queue_name: str = names.CLASSIFY_QUEUE) -> int:
        """Return how many messages wait in the broker, not counting those in workers' hands."""
        connection = self._app.connection_for_write()
        try:
            with connection:
                connection.ensure_connection(max_retries=2, interval_start=0.2, timeout=5)
                queue: Any = self._app.amqp.queues[queue_name](connection.default_channel)
                return int(queue.queue_declare().message_count)
        except broker_errors(self._app) as err:
            raise self._unavailable(err) from err

    def is_heard(self, queue_name: str) -> bool:
        """Whether a worker that listens on a queue answers within a second or two."""
        try:
            found = self._app.control.inspect(timeout=_PATIENCE_S).active_queues() or {}
        except broker_errors(self._app) as err:
            raise self._unavailable(err) from err
        return any(queue["name"] == queue_name for queues in found.values() for queue in queues)

    def _unavailable(self, err: Exception) -> BrokerUnavailableError:
        from musicai.broker import of_no_use  # noqa: PLC0415 -- it takes the time to import redis

        return BrokerUnavailableError(of_no_use(self._app.conf.broker_url, str(err)))
