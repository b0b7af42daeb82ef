"""The trainer's lookout: it takes up the runs that nobody works on, and outlives what it needs for that."""

import os
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.worker import state
from sqlalchemy import Engine, update

from musicai import names
from musicai.broker import PrivateBroker
from musicai.catalogue import runs
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Run
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.call_trainers import take_up_runs
from musicai.services.catalogue import open_catalogue
from worker.lookout import Lookout

US = ProcessIdentity.of(os.getpid())
GONE = replace(US, started=US.started - 1000)
LEASE_S = 60.0


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return open_catalogue(settings)


@pytest.fixture
def dispatcher(broker: PrivateBroker, settings: Settings) -> Dispatcher:
    return jobs.open_dispatcher(settings)


def begun_by(engine: Engine, holder: ProcessIdentity) -> int:
    """Make a run that this process has begun; return its number."""
    with transaction(engine) as session:
        runs.create(session, "jazzbox", {})
        claimed = runs.claim(session, holder, LEASE_S)
    assert claimed is not None
    return claimed.id


def age(engine: Engine, seconds: float) -> None:
    with transaction(engine) as session:
        session.execute(update(Run).values(created_at=now() - timedelta(seconds=seconds)))


def test_the_run_of_a_dead_trainer_waits_again_and_is_called_for_once(
    engine: Engine, dispatcher: Dispatcher
) -> None:
    run_id = begun_by(engine, GONE)
    assert take_up_runs(engine, dispatcher, LEASE_S) == (1, 1)
    assert take_up_runs(engine, dispatcher, LEASE_S) == (0, 0)  # the message is still in the queue
    assert dispatcher.waiting(names.TRAIN_QUEUE) == 1
    with reading(engine) as session:
        assert session.get_one(Run, run_id).state == "waiting"


def test_the_run_of_a_living_trainer_is_left_alone(engine: Engine, dispatcher: Dispatcher) -> None:
    begun_by(engine, US)
    assert take_up_runs(engine, dispatcher, LEASE_S) == (0, 0)


def test_a_run_without_a_message_is_called_for_when_no_command_can_be_beginning_it(
    engine: Engine, dispatcher: Dispatcher
) -> None:
    with transaction(engine) as session:
        runs.create(session, "jazzbox", {})
    assert take_up_runs(engine, dispatcher, LEASE_S) == (0, 0)
    age(engine, LEASE_S + 1)
    assert take_up_runs(engine, dispatcher, LEASE_S) == (0, 1)


def test_a_catalogue_that_is_away_is_said_once_and_survived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MUSICAI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    consumer = SimpleNamespace(pool=SimpleNamespace(num_processes=1), app=None)
    lookout = Lookout(consumer)
    lookout._look(consumer)
    lookout._look(consumer)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot look for runs" in caplog.text


def test_a_trainer_that_trains_does_not_look(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MUSICAI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(state, "reserved_requests", {"the one that it trains"})
    consumer = SimpleNamespace(pool=SimpleNamespace(num_processes=1), app=None)
    Lookout(consumer)._look(consumer)
    assert not caplog.records
