"""What takes the messages, and survives each way in which a broker goes away."""

from contextlib import suppress

from celery.worker import consumer
from kombu.transport import virtual


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Celery's, which one order of events ends with an AttributeError that Celery calls unrecoverable.

    Where Redis' end is noticed elsewhere than by what waits for messages, closing the channel breaks off
    over what it still waits for; and Celery closes all once more when the channel has lost its address.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the channel first, twice: the first time may break off over an answer, and removes it."""
        channel = self.task_consumer and self.task_consumer.channel
        # one of RabbitMQ would ask the server, and wait for ever; these wait for `socket_timeout`
        if isinstance(channel, virtual.Channel):
            for _ in range(2):
                with suppress(Exception):  # as Celery does, whatever the answer was
                    channel.close()  # type: ignore[no-untyped-call]
        super().on_connection_error_after_connected(exc)
