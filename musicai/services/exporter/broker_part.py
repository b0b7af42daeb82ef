"""What the exporter asks the broker: messages that wait, and who answers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from celery import Celery
from kombu.exceptions import KombuError

from musicai import names
from musicai.broker import of_no_use
from musicai.config import Settings
from musicai.dispatch import Dispatcher, broker_errors, open_client
from musicai.errors import BrokerUnavailableError
from musicai.services.exporter import metrics
from musicai.services.exporter.metrics import Reading

_ANSWER_S = 1.0
_SERVICES = ("worker", "trainer", "scheduler")


@dataclass(frozen=True)
class BrokerPart:
    """The broker, as the exporter asks it."""

    app: Celery
    window: int

    @classmethod
    def of(cls, settings: Settings) -> "BrokerPart":
        """Return the configured broker. Nothing is connected yet."""
        return cls(open_client(settings), settings.window)

    def read(self) -> list[Reading]:
        """Return all that the broker says.

        Raises
        ------
        BrokerUnavailableError: it cannot be reached.
        """
        try:
            return [*self._messages(), *self._services()]
        except self._errors() as err:
            raise BrokerUnavailableError(of_no_use(self.app.conf.broker_url, str(err))) from err

    def _messages(self) -> Iterator[Reading]:
        dispatcher = Dispatcher(self.app, self.window)
        for queue in names.QUEUES:
            yield Reading(metrics.MESSAGES, (queue,), dispatcher.waiting(queue))

    def _services(self) -> Iterator[Reading]:
        answers = self.app.control.inspect(timeout=_ANSWER_S).ping() or {}
        counts = Counter(map(service_of, answers))
        for service in _SERVICES:
            yield Reading(metrics.SERVICES, (service,), counts[service])

    def _errors(self) -> tuple[type[Exception], ...]:
        return (KombuError, *broker_errors(self.app))


def service_of(name: str) -> str:
    """Return which service answers under a name, by the names that `musicai` gives them."""
    if name.startswith("celerybeat@"):
        return "scheduler"
    return "trainer" if name.startswith("trainer") else "worker"
