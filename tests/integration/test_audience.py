"""A run that no trainer is there for: everybody who waits for it is told."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from musicai.broker import PrivateBroker, broker_url
from musicai.catalogue import runs
from musicai.catalogue.session import transaction
from musicai.config import Settings
from musicai.services import jobs
from musicai.services.catalogue import open_catalogue
from musicai.services.doctor import Status
from musicai.services.doctor.queue import examine_queue
from musicai.services.node import commands
from musicai.services.run import JobRun
from musicai.services.watch import watch
from musicai.training.request import TrainRequest
from tests.waiting import until

NOBODY = "no trainer answers: `musicai up`, or `musicai trainer` with a configured broker, takes it up"


LISTENER = """
import sys
from musicai.config import Settings
from musicai.dispatch import open_client
open_client(Settings.from_env()).worker_main(["--quiet", "worker", "--pool", "solo", *sys.argv[1:]])
"""


class Told:
    """Keeps what it is told, and pauses the job that it was told about."""

    def __init__(self, engine: Engine, job_id: int) -> None:
        self.engine, self.job_id, self.events = engine, job_id, []

    def scanned(self, *_: object) -> None: ...

    def viewed(self, *_: object) -> None: ...

    def happened(self, event: str) -> None:
        self.events.append(event)
        jobs.pause(self.engine, self.job_id)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_catalogue(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def configured(settings: Settings, broker: PrivateBroker) -> Settings:
    """Settings of a node with a broker of its own, which nobody listens to."""
    return replace(settings, broker_url=broker_url(settings))


def waiting_run(engine: Engine) -> Told:
    with transaction(engine) as session:
        run = runs.create(session, "jazzbox", TrainRequest("jazzbox", ("/data",)).to_json())
        return Told(engine, run.job_id)


def said_of(settings: Settings, *subjects: str) -> list[tuple[Status, str]]:
    found = examine_queue(settings)
    return [(f.status, f.detail) for subject in subjects for f in found if f.subject == subject]


def test_doctor_takes_one_that_also_trains_for_a_worker(configured: Settings) -> None:
    queues = ("--queues", "classify,control,train", "--hostname", "all@here")
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENER, *queues], env=commands.environment(configured)
    )
    try:
        both = [(Status.OK, "all@here")] * 2
        until(lambda: said_of(configured, "trainers", "workers") == both, "the answer of the worker")
    finally:
        process.terminate()
        process.wait()


def test_doctor_warns_only_when_a_run_waits(engine: Engine, configured: Settings) -> None:
    [(status, detail)] = said_of(configured, "trainers")
    assert (status, detail[:13]) == (Status.OK, "none answers;")
    waiting_run(engine)
    assert said_of(configured, "trainers") == [(Status.WARNING, "none answers, and a run waits")]


@pytest.mark.parametrize("wait", [False, True])
def test_who_enqueues_a_run_is_told_at_once(engine: Engine, configured: Settings, wait: bool) -> None:
    told = waiting_run(engine)
    JobRun(engine, configured, told, wait).carry(told.job_id)
    assert told.events == [NOBODY]


def test_who_watches_is_told_when_nobody_came(
    engine: Engine, configured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicai.services.audience._GRACE_S", 0.0)
    told = waiting_run(engine)
    assert watch(engine, configured, told.job_id, told).state == "paused"
    assert told.events == [NOBODY]


def test_who_watches_needs_no_broker_and_is_told_once_what_is_wrong_with_it(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicai.services.audience._GRACE_S", 0.0)
    nowhere = "amqps://127.0.0.1:1//?ssl_ca_certs=/nowhere/ca.pem"
    told = waiting_run(engine)
    assert watch(engine, replace(settings, broker_url=nowhere), told.job_id, told).state == "paused"
    (event,) = told.events
    assert "/nowhere/ca.pem" in event
