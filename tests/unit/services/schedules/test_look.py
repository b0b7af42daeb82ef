"""What a scheduler does when it looks: fire what is due, tell what was missed, never pile up."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from musicai import names
from musicai.catalogue import ledger, schedules
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Firing, Job, Run, Schedule
from musicai.services.schedules.look import Fired, look
from musicai.states import FiringCause, FiringFault, FiringState, ItemState, ScheduleKind, ScheduleState
from musicai.training.request import TrainRequest
from tests.unit.services.schedules.conftest import OPTIONS, REQUEST, Broker, NewSchedule, next_at


def firings(engine: Engine) -> list[Firing]:
    with reading(engine) as session:
        return list(session.scalars(select(Firing).order_by(Firing.id)))


def test_a_retrain_begins_as_a_job_and_calls_a_trainer(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule()
    (begun,) = look(engine, broker.dispatcher).fired
    (firing,) = firings(engine)
    assert begun == Fired(firing.id, "weekly", firing.job_id)
    assert (firing.state, firing.cause, firing.missed) == (FiringState.RUNNING, FiringCause.TIMETABLE, 0)
    with reading(engine) as session:
        run = session.scalars(select(Run)).one()
        job = ledger.get_job(session, run.job_id)
    assert firing.job_id == job.id
    assert (job.kind, job.state, job.total, job.priority) == ("train", "running", 1, 2)
    assert TrainRequest.from_json(run.request) == REQUEST
    assert broker.messages(names.TRAIN_QUEUE) == [{"job": job.id, "model": "jazzbox"}]
    assert next_at(engine) == firing.due_at + timedelta(hours=1)


@pytest.mark.parametrize("kind", [ScheduleKind.RESCAN, ScheduleKind.RECONCILE])
def test_the_other_kinds_send_the_number_of_the_firing(
    engine: Engine, broker: Broker, new_schedule: NewSchedule, kind: str
) -> None:
    new_schedule(kind=kind)
    look(engine, broker.dispatcher)
    look(engine, broker.dispatcher)
    (firing,) = firings(engine)
    assert firing.state == FiringState.SENT
    assert broker.messages(names.CONTROL_QUEUE) == [{"firing": firing.id, "schedule": "weekly"}]


def test_what_is_not_due_is_left_alone(engine: Engine, broker: Broker, new_schedule: NewSchedule) -> None:
    new_schedule(due_s=-30)
    new_schedule("paused", state=ScheduleState.PAUSED)
    found = look(engine, broker.dispatcher)
    assert (found.fired, found.said, found.next_at) == ([], [], next_at(engine))
    assert not firings(engine)


def test_one_instant_ends_its_schedule(engine: Engine, broker: Broker, new_schedule: NewSchedule) -> None:
    new_schedule(at=now() - timedelta(seconds=1))
    look(engine, broker.dispatcher)
    with reading(engine) as session:
        assert schedules.named(session, "weekly").state == ScheduleState.ENDED
    assert len(firings(engine)) == 1


def test_what_was_missed_is_run_once_and_told(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule(due_s=3600 * 2.5)
    (said,) = look(engine, broker.dispatcher).said
    assert "schedule weekly was missed 3 times since" in said
    assert "runs once now" in said
    (firing,) = firings(engine)
    assert (firing.cause, firing.missed, firing.state) == (FiringCause.CATCH_UP, 3, FiringState.RUNNING)
    assert firing.missed_since is not None
    assert firing.due_at == firing.missed_since + timedelta(hours=2)
    assert next_at(engine) == firing.missed_since + timedelta(hours=3)


def test_what_was_missed_is_skipped_by_policy_and_told(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule(due_s=3600 * 2.5, misfire="skip")
    missed, skipped = look(engine, broker.dispatcher).said
    assert "missed 3 times" in missed
    assert "weekly: skipped: no scheduler ran" in skipped
    (firing,) = firings(engine)
    assert (firing.state, firing.error_code, firing.missed) == (FiringState.SKIPPED, FiringFault.MISSED, 3)
    assert not broker.messages(names.TRAIN_QUEUE)


@pytest.mark.parametrize("policy", ["run_once", "skip"])
def test_an_instant_that_just_came_is_on_time_whatever_was_missed_before(
    engine: Engine, broker: Broker, new_schedule: NewSchedule, policy: str
) -> None:
    new_schedule(due_s=3600 * 2 + 5, misfire=policy)
    look(engine, broker.dispatcher)
    (firing,) = firings(engine)
    assert (firing.cause, firing.missed, firing.state) == (FiringCause.TIMETABLE, 2, FiringState.RUNNING)


def test_what_still_runs_does_not_pile_up(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    schedule_id = new_schedule()
    look(engine, broker.dispatcher)

    def fall_due() -> None:
        with transaction(engine) as session:
            again = now() - timedelta(seconds=1)
            session.execute(update(Schedule).where(Schedule.id == schedule_id).values(next_at=again))

    fall_due()
    (said,) = look(engine, broker.dispatcher).said
    first, second = firings(engine)
    assert (second.state, second.error_code) == (FiringState.SKIPPED, FiringFault.STILL_RUNNING)
    assert f"job {first.job_id} of" in said
    with transaction(engine) as session:
        ledger.settle_whole(session, first.job_id or 0, ItemState.DONE)
    fall_due()
    look(engine, broker.dispatcher)
    assert firings(engine)[-1].state == FiringState.RUNNING
    with reading(engine) as session:
        assert len(session.scalars(select(Job.id)).all()) == 2


def test_a_reconciler_that_nobody_took_gives_way(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule(kind=ScheduleKind.RECONCILE, every_s=1.0)
    look(engine, broker.dispatcher)
    with transaction(engine) as session:
        session.execute(update(Schedule).values(next_at=now()))
    look(engine, broker.dispatcher)
    former, latest = firings(engine)
    assert (former.state, former.error_code) == (FiringState.FAILED, FiringFault.NOT_TAKEN)
    assert latest.state == FiringState.SENT


def test_reconcilers_that_nobody_takes_do_not_fill_the_broker(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    for number in range(20):
        new_schedule(str(number), ScheduleKind.RECONCILE)
    look(engine, broker.dispatcher)
    assert len(broker.messages(names.CONTROL_QUEUE)) == 16


def fired(engine: Engine, ago_s: float) -> None:
    with transaction(engine) as session:
        session.execute(update(Firing).values(fired_at=now() - timedelta(seconds=ago_s)))


def test_without_a_broker_it_waits_and_is_sent_later(
    engine: Engine, broker: Broker, no_broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule()
    (said,) = look(engine, no_broker.dispatcher).said
    assert "127.0.0.1:1" in said
    assert firings(engine)[0].state == FiringState.WAITING
    # whoever wrote it just now sends it; others only what was left behind
    fired(engine, ago_s=0)
    look(engine, broker.dispatcher)
    assert not broker.messages(names.TRAIN_QUEUE)
    fired(engine, ago_s=11)
    look(engine, broker.dispatcher)
    assert len(broker.messages(names.TRAIN_QUEUE)) == 1
    assert firings(engine)[0].state == FiringState.RUNNING


def test_a_message_that_was_lost_is_sent_again_when_the_queue_is_empty(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule(kind=ScheduleKind.RESCAN)
    look(engine, broker.dispatcher)
    with transaction(engine) as session:
        session.execute(update(Firing).values(sent_at=now() - timedelta(minutes=11)))
    look(engine, broker.dispatcher)
    assert len(broker.messages(names.CONTROL_QUEUE)) == 1
    look(engine, broker.dispatcher)
    assert len(broker.messages(names.CONTROL_QUEUE)) == 1
    look(engine, broker.dispatcher)
    assert not broker.messages(names.CONTROL_QUEUE)


def test_one_that_cannot_be_read_stops_no_other(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule("lost", cron="0 3 * * *", zone="Europe/Atlantis")
    new_schedule("newer", "transcribe")
    new_schedule("older", options=OPTIONS[ScheduleKind.RETRAIN] | {"request": {"name": "x", "data": []}})
    new_schedule("bare", options={})
    new_schedule("urgent", options=OPTIONS[ScheduleKind.RETRAIN] | {"priority": 77})
    new_schedule("sound")
    found = look(engine, broker.dispatcher)
    said = found.said
    # or its scheduler would look again at once, for ever
    assert found.next_at == next_at(engine, "newer")
    assert any("schedule lost cannot be fired: there is no time zone 'Europe/Atlantis'" in s for s in said)
    assert any("newer: failed: " in s and "'transcribe'" in s for s in said)
    for name in ("older", "bare", "urgent"):
        assert any(f"{name}: failed: " in s for s in said)
    assert [f.state for f in firings(engine)].count(FiringState.RUNNING) == 1


def test_a_clock_that_was_set_back_does_not_silence_an_interval(
    engine: Engine, broker: Broker, new_schedule: NewSchedule
) -> None:
    new_schedule(due_s=-86400 * 365, every_s=600.0)
    with transaction(engine) as session:
        session.execute(update(Schedule).values(reckoned_at=now() + timedelta(days=365)))
    (said,) = look(engine, broker.dispatcher).said
    assert "the clock was set back" in said
    due = next_at(engine)
    assert due is not None
    assert timedelta(seconds=590) < due - now() <= timedelta(seconds=600)
    assert not firings(engine)


@pytest.mark.parametrize(("hours", "mended"), [(3, False), (24 * 40, True)])
def test_cron_is_mended_after_a_clock_that_was_far_off(
    engine: Engine, broker: Broker, new_schedule: NewSchedule, hours: int, mended: bool
) -> None:
    ahead = now() + timedelta(hours=hours)
    new_schedule(cron="0 * * * *", next_at=ahead + timedelta(minutes=30), reckoned_at=ahead)
    look(engine, broker.dispatcher)
    due = next_at(engine)
    assert due is not None
    assert (due <= now() + timedelta(hours=1)) is mended
    assert not firings(engine)
