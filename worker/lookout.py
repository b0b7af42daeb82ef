"""The trainer's lookout: a step of its consumer that takes up the runs of trainers which died.

Reconciling is a task of the other workers, and there need be none: a trainer that took such a message while
it trains would keep it for hours.
"""

import logging
from functools import cached_property
from typing import Any

from celery import bootsteps
from celery.worker import state
from sqlalchemy import Engine

from musicai import names
from musicai.catalogue.session import open_engine
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import MusicAIError
from musicai.services.call_trainers import take_up_runs

log = logging.getLogger(__name__)

_LOOKS_PER_LEASE = 4
_LONGEST_S = 30.0
_ANSWER_S = 5
"""The worker's own process waits for it, which has signs of life to give and a pool to look after."""


class Lookout(bootsteps.StartStopStep):  # type: ignore[misc]
    """Looks, as long as a process of this trainer is free, for runs that nobody works on."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._settings = Settings.from_env()
        self._timer: Any = None
        self._said = ""

    def include_if(self, consumer: Any) -> bool:
        """Whether this worker trains."""
        return names.TRAIN_QUEUE in consumer.app.amqp.queues.consume_from

    def start(self, consumer: Any) -> None:
        """Begin, after each connection to the broker; the first look is at once."""
        every_s = min(self._settings.lease_s / _LOOKS_PER_LEASE, _LONGEST_S)
        # never from here: what goes wrong would be taken for a fault of the connection
        consumer.timer.call_after(0, self._look, (consumer,))
        self._timer = consumer.timer.call_repeatedly(every_s, self._look, (consumer,))

    def stop(self, consumer: Any) -> None:
        """End, when the connection is lost or the worker stops."""
        if self._timer is not None:
            self._timer.cancel()

    @cached_property
    def _engine(self) -> Engine:
        # nothing is connected yet, and nothing migrated: that is for who trains
        return open_engine(self._settings.catalogue_url, _ANSWER_S)

    def _look(self, consumer: Any) -> None:
        if len(state.reserved_requests) >= consumer.pool.num_processes:
            return
        try:
            self._take_up(Dispatcher(consumer.app, self._settings.window))
            self._said = ""
        except MusicAIError as err:
            # the next look may find it back; who trains says it, too, and ends when it cannot go on
            if str(err) != self._said:
                log.warning("cannot look for runs that nobody works on: %s", err)
            self._said = str(err)

    def _take_up(self, dispatcher: Dispatcher) -> None:
        try:
            released, called = take_up_runs(self._engine, dispatcher, self._settings.lease_s)
        finally:
            # a process of the pool that is forked later must not share a connection
            self._engine.dispose()
        if released or called:
            log.warning("runs: %d taken back from the dead, %d messages sent", released, called)
