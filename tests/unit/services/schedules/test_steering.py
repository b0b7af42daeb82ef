"""What people do with schedules, and what they learn of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from musicai import names
from musicai.catalogue import ledger, runs
from musicai.catalogue.session import now, transaction
from musicai.catalogue.tables import Model, Schedule
from musicai.config import Settings
from musicai.errors import ConfigError, StateError
from musicai.process import ProcessIdentity
from musicai.services.enqueue import Request
from musicai.services.schedules import steering, views
from musicai.services.schedules.adding import NewSchedule, add
from musicai.services.schedules.look import look
from musicai.services.schedules.pulse import say_if_nobody_fires
from musicai.services.schedules.rescan import rescan_options, start_rescan
from musicai.services.schedules.timetable import Timetable
from musicai.states import ScheduleKind
from tests.unit.services.schedules.conftest import Broker, next_at
from tests.unit.services.schedules.conftest import NewSchedule as New

HOURLY = Timetable(every_s=3600.0)


@pytest.fixture
def catalogue_url(sqlite_catalogue_url: str) -> str:
    """SQLite alone: nothing here is the database's own."""
    return sqlite_catalogue_url


def test_a_pause_is_not_made_up_for(engine: Engine, new_schedule: New) -> None:
    new_schedule(cron="0 * * * *")
    assert steering.pause(engine, "weekly").state == "paused"
    with pytest.raises(StateError, match="only one that is active"):
        steering.pause(engine, "weekly")
    view = steering.resume(engine, "weekly")
    assert view.next_at is not None
    assert now() < view.next_at <= now() + timedelta(hours=1)
    with pytest.raises(StateError, match="not paused"):
        steering.resume(engine, "weekly")


def test_one_instant_that_passed_in_a_pause_is_told(engine: Engine, new_schedule: New) -> None:
    new_schedule(at=now() - timedelta(seconds=1))
    steering.pause(engine, "weekly")
    with pytest.raises(StateError, match="run-now weekly"):
        steering.resume(engine, "weekly")


def test_by_hand_it_begins_without_a_scheduler(engine: Engine, broker: Broker, new_schedule: New) -> None:
    new_schedule(due_s=-600)
    due = next_at(engine)
    view, said = steering.run_now(engine, broker.dispatcher, "weekly")
    assert (view.cause, view.state) == ("by_hand", "running")
    assert said == [
        "no trainer answers: `musicai up`, or `musicai trainer` with a configured broker, takes it up"
    ]
    assert len(broker.messages(names.TRAIN_QUEUE)) == 1
    assert next_at(engine) == due
    with pytest.raises(StateError, match=f"job {view.job_id} of"):
        steering.run_now(engine, broker.dispatcher, "weekly")


def test_by_hand_without_a_broker_it_waits(engine: Engine, no_broker: Broker, new_schedule: New) -> None:
    new_schedule()
    view, said = steering.run_now(engine, no_broker.dispatcher, "weekly")
    assert view.state == "waiting"
    assert "waits in the catalogue" in said[0]
    assert "nobody can take it up now" in said[1]


def end_run(engine: Engine, job_id: int, facts: dict[str, object] | None) -> None:
    """End a run as a trainer would: with a model and the gate's verdict, or with an error."""
    me = ProcessIdentity.current()
    with transaction(engine) as session:
        run = runs.of_job(session, job_id)
        assert runs.claim(session, me, lease_s=60, only=run.id)
        if facts is None:
            runs.fail(session, run.id, me, "dataset", "there are no tracks of jazz")
            return
        model = Model(name="jazzbox-1", digest="0" * 64, side_car={}, created_at=now())
        session.add(model)
        session.flush()
        runs.add_facts(session, run.id, me, facts)
        runs.finish(session, run.id, me, model.id)


def test_history_tells_what_the_gate_said(engine: Engine, broker: Broker, new_schedule: New) -> None:
    new_schedule()
    look(engine, broker.dispatcher)
    verdict = {"promoted": False, "former": "gtzan-1", "reasons": ["not better"]}
    end_run(engine, 1, {"accuracy": 0.7, "verdict": verdict})
    (view,) = views.read(engine, "weekly", 5)[1]
    assert view.state == "done"
    assert view.outcome == {"model": "jazzbox-1", "accuracy": 0.7, **verdict}
    assert view.ended_at is not None


def test_history_tells_why_a_run_failed(engine: Engine, broker: Broker, new_schedule: New) -> None:
    new_schedule()
    look(engine, broker.dispatcher)
    end_run(engine, 1, None)
    (view,) = views.read(engine, "weekly", 5)[1]
    assert (view.state, view.error_code) == ("failed", "dataset")
    assert view.error_reason == "there are no tracks of jazz"


def test_a_rescan_makes_its_job_once(engine: Engine, broker: Broker, tmp_path: Path) -> None:
    settings = Settings.from_env({"MUSICAI_HOME": str(tmp_path / "home")})
    request = Request((bytes(tmp_path),), exclude=("*.mp3",))
    new = NewSchedule(ScheduleKind.RESCAN, None, HOURLY)
    view = add(engine, new, rescan_options(engine, settings, request))
    assert view.options["paths"] == [str(tmp_path)]
    fired, _ = steering.run_now(engine, broker.dispatcher, "rescan")
    job_id = start_rescan(engine, settings, fired.id)
    assert start_rescan(engine, settings, fired.id) is None
    (running,) = views.read(engine, "rescan", 5)[1]
    assert (running.state, running.job_id, running.outcome["total"]) == ("running", job_id, 0)
    with transaction(engine) as session:
        job = ledger.get_job(session, job_id or 0)
        assert (job.kind, job.state, job.options["exclude"]) == ("classify", "scanning", ["*.mp3"])
        ledger.finish_scan(session, job.id, {"new": 3, "missing": 1})
    (done,) = views.read(engine, "rescan", 5)[1]
    assert (done.state, done.outcome["new"], done.outcome["missing"]) == ("done", 3, 1)


def test_a_rescan_that_cannot_begin_says_why(engine: Engine, broker: Broker, tmp_path: Path) -> None:
    settings = Settings.from_env({"MUSICAI_HOME": str(tmp_path / "home"), "MUSICAI_MODEL": "gone-1"})
    new = NewSchedule(ScheduleKind.RESCAN, None, HOURLY)
    add(engine, new, rescan_options(engine, settings, Request((bytes(tmp_path),))))
    fired, _ = steering.run_now(engine, broker.dispatcher, "rescan")
    assert start_rescan(engine, settings, fired.id) is None
    (failed,) = views.read(engine, "rescan", 5)[1]
    assert (failed.state, failed.job_id, failed.error_code) == ("failed", None, "not_found")
    assert "no model 'gone-1'" in (failed.error_reason or "")


def test_schedules_are_called_after_their_kind(engine: Engine) -> None:
    new = NewSchedule(ScheduleKind.RECONCILE, None, HOURLY)
    assert [add(engine, new).name for _ in range(3)] == ["reconcile", "reconcile-2", "reconcile-3"]
    with pytest.raises(ConfigError, match="in the past"):
        add(engine, NewSchedule(ScheduleKind.RECONCILE, None, Timetable(at=now() - timedelta(days=1))))


def test_the_built_in_one_stays(engine: Engine, new_schedule: New) -> None:
    new_schedule("reconcile", ScheduleKind.RECONCILE)
    new_schedule("other", ScheduleKind.RECONCILE)
    steering.remove(engine, "other")
    with pytest.raises(StateError, match="belongs to every catalogue"):
        steering.remove(engine, "reconcile")


def test_that_nobody_fires_is_seen_by_what_is_overdue(
    engine: Engine, broker: Broker, new_schedule: New
) -> None:
    new_schedule("reconcile", ScheduleKind.RECONCILE, due_s=3600)
    assert not say_if_nobody_fires(engine)
    new_schedule("weekly", due_s=-3600)
    assert "'reconcile' was due at" in say_if_nobody_fires(engine)
    with transaction(engine) as session:
        session.execute(update(Schedule).where(Schedule.name == "reconcile").values(next_at=now()))
    assert "no scheduler has run yet" in say_if_nobody_fires(engine)
    look(engine, broker.dispatcher)
    assert not say_if_nobody_fires(engine)
