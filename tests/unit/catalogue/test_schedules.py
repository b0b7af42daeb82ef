"""Schedules: one of all who want to fires, and what is over makes room."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from musicai.catalogue import ledger, schedules
from musicai.catalogue.schedules import Due
from musicai.catalogue.session import now, open_engine, transaction
from musicai.catalogue.tables import Firing, Schedule
from musicai.errors import StateError
from musicai.states import FiringCause, FiringState, ItemState, JobKind, Misfire, Priority, ScheduleState
from tests.waiting import PATIENCE_S

MOMENT = datetime(2026, 3, 1, 3, tzinfo=UTC)


@pytest.fixture
def catalogue(catalogue_url: str) -> Iterator[Engine]:
    engine = open_engine(catalogue_url)
    yield engine
    engine.dispose()


def make(name: str = "nightly") -> Schedule:
    return Schedule(
        name=name,
        kind="retrain",
        options={},
        every_s=60.0,
        zone="UTC",
        misfire=Misfire.RUN_ONCE,
        grace_s=60.0,
        state=ScheduleState.ACTIVE,
        next_at=MOMENT,
        reckoned_at=MOMENT,
        actor="me@here",
        created_at=MOMENT,
    )


def fire(engine: Engine, schedule_id: int, due_at: datetime = MOMENT) -> int:
    with transaction(engine) as session:
        return schedules.add_firing(session, schedule_id, Due(due_at, FiringCause.TIMETABLE), now()).id


def test_a_catalogue_reconciles_from_the_first_moment(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        (only,) = schedules.active(session)
        assert (only.name, only.kind, only.every_s) == ("reconcile", "reconcile", 60)


def test_a_name_is_given_once(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        schedules.add(session, make())
        with pytest.raises(StateError, match="schedule remove nightly"):
            schedules.add(session, make())


RACE = """
import sys
from datetime import timedelta
from musicai.catalogue import schedules
from musicai.catalogue.schedules import Due
from musicai.catalogue.session import now, open_engine, reading, transaction
engine = open_engine(sys.argv[1])
sys.stdin.readline()
for _ in range(40):
    with reading(engine) as session:
        schedule = schedules.named(session, "nightly")
    with transaction(engine) as session:
        if schedules.move_on(session, schedule, schedule.next_at + timedelta(minutes=1), now()):
            schedules.add_firing(session, schedule.id, Due(schedule.next_at, "timetable"), now())
"""


def test_two_processes_fire_each_instant_once(catalogue: Engine, catalogue_url: str) -> None:
    with transaction(catalogue) as session:
        schedules.add(session, make())
    command = [sys.executable, "-c", RACE, catalogue_url]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ) for _ in range(2)]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write(b"\n")
        racer.stdin.flush()
    for racer in racers:
        racer.communicate(timeout=PATIENCE_S)
        assert racer.returncode == 0
    with transaction(catalogue) as session:
        fired = session.scalars(select(Firing.due_at).order_by(Firing.due_at)).all()
        assert len(fired) >= 40
        assert fired == [MOMENT + timedelta(minutes=n) for n in range(len(fired))]
        assert schedules.named(session, "nightly").next_at == MOMENT + timedelta(minutes=len(fired))


def test_a_schedule_without_a_next_instant_has_ended(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        schedule = schedules.add(session, make())
        assert schedules.move_on(session, schedule, None, now())
    with transaction(catalogue) as session:
        assert schedules.named(session, "nightly").state == ScheduleState.ENDED
        assert [schedule.name for schedule in schedules.active(session)] == ["reconcile"]


def test_a_firing_is_in_the_way_until_it_or_its_job_is_over(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        schedule_id = schedules.add(session, make()).id
    firing_id = fire(catalogue, schedule_id)
    with transaction(catalogue) as session:
        assert schedules.in_the_way(session, schedule_id)
        job = ledger.create_job(
            session, JobKind.TRAIN, model_id=None, library_id=None, options={}, priority=Priority.NORMAL
        )
        assert schedules.take_up(session, firing_id)
        assert schedules.take_up(session, firing_id) is None
        schedules.set_job(session, firing_id, job.id)
        assert schedules.in_the_way(session, schedule_id)
        schedules.note_sent(session, firing_id)  # the sender hears of its message later than the worker
        assert session.get_one(Firing, firing_id, populate_existing=True).state == FiringState.RUNNING
        ledger.settle_whole(session, job.id, ItemState.FAILED)
        assert schedules.in_the_way(session, schedule_id) is None


def test_only_a_firing_that_nobody_has_begun_can_fail(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        schedule_id = schedules.add(session, make()).id
    firing_id = fire(catalogue, schedule_id)
    with transaction(catalogue) as session:
        job = ledger.create_job(
            session, JobKind.CLASSIFY, model_id=None, library_id=None, options={}, priority=Priority.NORMAL
        )
        schedules.take_up(session, firing_id)
        schedules.set_job(session, firing_id, job.id)
    with transaction(catalogue) as session:
        # the same message again, on a node that has no model
        schedules.fail(session, firing_id, "no_model", "there is no model")
        found = schedules.in_the_way(session, schedule_id)
        assert found is not None
        assert (found.job_id, found.ended_at, found.error_code) == (job.id, None, None)


def test_what_was_done_counts_over_giving_up_and_is_said_once(catalogue: Engine) -> None:
    with transaction(catalogue) as session:
        schedule_id = schedules.add(session, make()).id
    firing_id = fire(catalogue, schedule_id)
    with transaction(catalogue) as session:
        schedules.fail(session, firing_id, "not_taken", "no worker took it up before the next one")
        schedules.finish(session, firing_id, {"released": 3})
        schedules.finish(session, firing_id, {})  # its message, once more
        schedules.fail(session, firing_id, "not_taken", "too late")
        firing = session.get_one(Firing, firing_id, populate_existing=True)
        assert (firing.state, firing.outcome) == (FiringState.DONE, {"released": 3})
        assert (firing.error_code, firing.error_reason) == (None, None)


def test_history_is_bounded_and_goes_with_its_schedule(
    catalogue: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "KEPT", 3)
    with transaction(catalogue) as session:
        schedule_id, other = (schedules.add(session, make(name)).id for name in ("a", "b"))
    at_work = fire(catalogue, schedule_id)
    kept = []
    for _ in range(5):
        kept.append(fire(catalogue, schedule_id))
        with transaction(catalogue) as session:
            schedules.skip(session, kept[-1], "still_running", "it is at work")
    untouched = fire(catalogue, other)
    with transaction(catalogue) as session:
        # forgotten, it would let the next one pile up
        assert [f.id for f in schedules.history(session, schedule_id, 10)] == [*kept[:1:-1], at_work]
        found = schedules.in_the_way(session, schedule_id)
        assert found is not None
        assert found.id == at_work
        session.delete(schedules.named(session, "a"))
        session.flush()
        assert session.scalars(select(Firing.id)).all() == [untouched]
