"""A catalogue on either database, a broker in memory, and schedules at any time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from sqlalchemy import Engine

from musicai import names
from musicai.catalogue import schedules
from musicai.catalogue.session import now, transaction
from musicai.catalogue.tables import Schedule
from musicai.celery_settings import client_config
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.services.schedules.kinds import RetrainRequest
from musicai.states import Misfire, Priority, ScheduleKind, ScheduleState
from musicai.training.request import TrainRequest

NewSchedule = Callable[..., int]
REQUEST = TrainRequest("jazzbox", ("/data",), promote=True)
OPTIONS = {
    ScheduleKind.RETRAIN: RetrainRequest(REQUEST, Priority.HIGH).to_json(),
    ScheduleKind.RESCAN: {},
    ScheduleKind.RECONCILE: {},
}


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A catalogue without any schedule."""
    with transaction(engine) as session:
        session.delete(schedules.named(session, "reconcile"))
    return engine


class Broker:
    """A broker in this process, and what was sent to it."""

    def __init__(self, url: str) -> None:
        self.app = Celery("test", set_as_current=False)
        self.app.conf.update(client_config(Settings.from_env({})))
        self.app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
        self.dispatcher = Dispatcher(self.app, window=64)

    def messages(self, queue_name: str) -> list[dict[str, Any]]:
        """Take the keyword arguments of all messages out of a queue."""
        with self.app.connection_for_read() as connection:
            queue = self.app.amqp.queues[queue_name](connection.default_channel)
            queue.declare()
            found = []
            while message := queue.get(no_ack=True):
                found.append(message.decode()[1])
            return found


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker("memory://")
    for name in names.QUEUES:
        broker.messages(name)
    yield broker
    broker.app.close()


@pytest.fixture
def no_broker() -> Broker:
    return Broker("redis://127.0.0.1:1/0")


@pytest.fixture
def new_schedule(engine: Engine) -> NewSchedule:
    """Return a function that adds a schedule which was due some seconds ago."""

    def add(
        name: str = "weekly", kind: str = ScheduleKind.RETRAIN, *, due_s: float = 1.0, **values: Any
    ) -> int:
        due_at = now() - timedelta(seconds=due_s)
        defaults: dict[str, Any] = {
            "options": OPTIONS.get(ScheduleKind(kind), {}) if kind in set(ScheduleKind) else {},
            "every_s": None if values.keys() & {"cron", "at"} else 3600.0,
            "zone": "UTC",
            "misfire": Misfire.RUN_ONCE,
            "grace_s": 60.0,
            "state": ScheduleState.ACTIVE,
            "next_at": due_at,
            "reckoned_at": due_at,
            "actor": "me@here",
            "created_at": due_at,
        }
        with transaction(engine) as session:
            return schedules.add(session, Schedule(name=name, kind=kind, **{**defaults, **values})).id

    return add


def next_at(engine: Engine, name: str = "weekly") -> datetime | None:
    with transaction(engine) as session:
        return schedules.named(session, name).next_at
