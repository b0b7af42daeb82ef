"""Nodes whose clocks are wrong, at one catalogue: what is due is done once, in time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from musicai.catalogue import counters, runs, schedules
from musicai.catalogue.schedules import Due
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Firing, Schedule
from musicai.services.exporter import metrics
from musicai.services.exporter.training import read_training
from musicai.states import FiringCause
from tests.services.wrong_clock import WrongClock

HOUR = 3600
SCHEDULER = """
import sys
from celery import Celery
from musicai.catalogue.session import open_engine
from musicai.celery_settings import client_config
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.services.schedules.look import look
app = Celery("test", set_as_current=False)
app.conf.update(client_config(Settings.from_env({})))
app.conf.update(broker_url="memory://", broker_read_url="memory://", broker_write_url="memory://")
engine, dispatcher = open_engine(sys.argv[1]), Dispatcher(app, window=64)
for line in sys.stdin:
    found = look(engine, dispatcher)
    print(*found.said, found.left_s, sep="; ", flush=True)
"""


class Scheduler:
    """A process that looks at the schedules when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def look(self) -> str:
        """Look once; return what it said, and the seconds until the next one is due."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture
def catalogue_url(postgres_catalogue_url: str) -> str:
    return postgres_catalogue_url


@pytest.fixture
def schedulers(postgres_catalogue_url: str, tmp_path: Path) -> Iterator[list[Scheduler]]:
    """Schedulers whose clocks are right, an hour fast, and an hour slow."""
    with ExitStack() as stack:
        found = []
        for offset in (0, HOUR, -HOUR):
            folder = tmp_path / str(offset)
            folder.mkdir()
            clock = WrongClock(folder)
            clock.set(offset)
            process = subprocess.Popen(
                [sys.executable, "-c", SCHEDULER, postgres_catalogue_url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **clock.environ},
                text=True,
            )
            stack.enter_context(process)  # closes its input, which ends it
            found.append(Scheduler(process))
        yield found


def put(engine: Engine, timetable: dict[str, object], next_at: datetime) -> None:
    with transaction(engine) as session:
        session.execute(update(Schedule).values(next_at=next_at, reckoned_at=now(), **timetable))


def firings(engine: Engine) -> list[Firing]:
    with reading(engine) as session:
        return list(session.scalars(select(Firing).order_by(Firing.id)))


@pytest.mark.parametrize("timetable", [{"every_s": 3600.0}, {"every_s": None, "cron": "0 0 1 1 *"}])
def test_each_instant_fires_once_and_in_time(
    engine: Engine, schedulers: list[Scheduler], timetable: dict[str, object]
) -> None:
    soon = now() + timedelta(minutes=30)
    put(engine, timetable, soon)
    for scheduler in schedulers * 3:
        said = scheduler.look()
        # nobody wakes up sooner, or later, by its own clock
        assert 1600 < float(said) < 1800
    assert not firings(engine)
    due_at = now() - timedelta(seconds=1)
    put(engine, timetable, due_at)
    for scheduler in schedulers[::-1] * 3:
        scheduler.look()
    (firing,) = firings(engine)
    assert (firing.due_at, firing.missed, firing.state) == (due_at, 0, "sent")
    assert firing.sent_at is not None
    assert abs(firing.fired_at - now()) < timedelta(minutes=5)
    assert abs(firing.sent_at - now()) < timedelta(minutes=5)


HOUSEKEEPER = """
import sys
from musicai.catalogue import counters
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import open_engine, transaction
from musicai.config import Settings
from musicai.services.tidy import tidy_a_little
engine = open_engine(sys.argv[1])
with transaction(engine) as session:
    counters.retire(session)
    counters.add(session, sys.argv[2], {(CounterName.TRACKS, "done"): 1})
print(tidy_a_little(engine, Settings.from_env(), 60).total)
"""


def test_nothing_is_old_by_the_clock_of_one_node(
    engine: Engine, postgres_catalogue_url: str, tmp_path: Path
) -> None:
    clock = WrongClock(tmp_path)
    with transaction(engine) as session:
        schedule = session.scalars(select(Schedule)).one()
        for _ in range(2):
            due = Due(now(), FiringCause.TIMETABLE)
            schedules.finish(session, schedules.add_firing(session, schedule.id, due, now()).id, {})
    for node, days in (("slow", -3000), ("fast", 3000), ("right", 0)):
        clock.set(days * 24 * HOUR)
        command = [sys.executable, "-c", HOUSEKEEPER, postgres_catalogue_url, node]
        assert subprocess.check_output(command, env={**os.environ, **clock.environ}, text=True) == "0\n"
    with reading(engine) as session:
        nodes = [total.node for total in counters.totals(session)]
    assert nodes == ["fast", "right", "slow"]


def run_half_a_day_off(script: str, catalogue_url: str, folder: Path) -> None:
    """Run a script by a clock that is half a day slow, and by one that is as fast."""
    clock = WrongClock(folder)
    for hours in (-12, 12):
        clock.set(hours * HOUR)
        command = [sys.executable, "-c", script, catalogue_url]
        subprocess.run(command, env={**os.environ, **clock.environ}, check=True)


TRAINER = """
import os, sys
from musicai.catalogue import runs
from musicai.catalogue.session import open_engine, transaction
from musicai.process import ProcessIdentity
us, engine = ProcessIdentity.of(os.getpid()), open_engine(sys.argv[1])
figures = {"epoch": 1, "train_loss": 1.0, "rate": 0.1, "seconds": 1.0}
for epochs in ([], [figures]):
    with transaction(engine) as session:
        runs.create(session, "jazzbox", {})
        run = runs.claim(session, us, 60).id
        for figures in epochs:
            runs.add_epoch(session, run, us, figures)
"""


def test_no_run_stalls_by_the_clock_of_its_trainer(
    engine: Engine, postgres_catalogue_url: str, tmp_path: Path
) -> None:
    run_half_a_day_off(TRAINER, postgres_catalogue_url, tmp_path)
    with reading(engine) as session:
        ages = [one.value for one in read_training(session) if one.metric is metrics.EPOCH_AGE]
    assert len(ages) == 4
    assert all(0 < age < HOUR for age in ages)


ASKER = """
import sys
from musicai.catalogue import runs
from musicai.catalogue.session import open_engine, transaction
with transaction(open_engine(sys.argv[1])) as session:
    runs.create(session, "jazzbox", {})
"""


def test_no_run_is_taken_for_forgotten_by_the_clock_of_who_asked_for_it(
    engine: Engine, postgres_catalogue_url: str, tmp_path: Path
) -> None:
    run_half_a_day_off(ASKER, postgres_catalogue_url, tmp_path)
    with reading(engine) as session:
        assert not runs.forgotten(session, lease_s=HOUR)
        assert len(runs.forgotten(session, lease_s=-HOUR)) == 2
