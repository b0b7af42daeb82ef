"""Whether anybody is there who takes a job up, and what to say when nobody is."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from musicai import names
from musicai.catalogue.ledger import LIVE
from musicai.dispatch import Dispatcher
from musicai.errors import BrokerUnavailableError, ConfigError
from musicai.services.jobs import JobView
from musicai.states import RunState

_SERVICES = {
    names.CLASSIFY_QUEUE: "worker",
    names.CONTROL_QUEUE: "worker",
    names.TRAIN_QUEUE: "trainer",
}
_GRACE_S = 10.0
"""Whoever comes up, or ends something else first, takes as long; no reason to say anything."""
_AGAIN_S = 30.0


def say_if_nobody_hears(dispatcher: Dispatcher, queue: str) -> str:
    """Return that nobody takes messages off a queue for now; empty when somebody does."""
    service = _SERVICES[queue]
    advice = f"`musicai up`, or `musicai {service}` with a configured broker, takes it up"
    try:
        heard = dispatcher.is_heard(queue)
    except BrokerUnavailableError:
        return f"nobody can take it up now: {advice}"
    return "" if heard else f"no {service} answers: {advice}"


def queue_of(view: JobView) -> str | None:
    """Return the queue whose listeners could get on with a job; None when somebody does, or need not."""
    if view.state not in LIVE:
        return None
    if view.run is not None:
        return names.TRAIN_QUEUE if view.run.state == RunState.WAITING else None
    return names.CLASSIFY_QUEUE if view.pending and not view.workers else None


@dataclass
class Audience:
    """Asks now and then, while a job is waited for that nobody works on, whether somebody is there."""

    dispatcher: Callable[[], Dispatcher]
    say: Callable[[str], None]
    _next_at: float | None = field(default=None, init=False)

    def look(self, view: JobView) -> None:
        """Say it when nobody is."""
        queue, moment = queue_of(view), time.monotonic()
        if queue is None:
            self._next_at = None
        elif self._next_at is None:
            self._next_at = moment + _GRACE_S
        elif moment >= self._next_at:
            self._ask(queue)

    def _ask(self, queue: str) -> None:
        try:
            if said := say_if_nobody_hears(self.dispatcher(), queue):
                self.say(said)
            self._next_at = time.monotonic() + _AGAIN_S
        except ConfigError as err:  # of the broker: the catalogue tells of the job all the same
            self.say(str(err))
            self._next_at = math.inf
