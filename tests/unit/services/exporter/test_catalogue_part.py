"""What the exporter says of a catalogue, on both databases."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.event import listen

from musicai.catalogue import counters, ledger
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import now, open_engine, transaction
from musicai.catalogue.tables import Claim, Epoch, Firing, Job, Model, Run, Schedule
from musicai.errors import CatalogueOutdatedError
from musicai.services.exporter.catalogue_part import read_catalogue
from musicai.services.exporter.metrics import METRICS
from musicai.states import FiringState, JobKind, Priority, RunState, Stage, TrackOutcome


def series(engine: Engine) -> dict[tuple[str, ...], float]:
    readings = read_catalogue(engine)
    assert all(len(r.labels) == len(r.metric.labels) for r in readings)
    assert {r.metric for r in readings} <= set(METRICS)
    found = {(r.metric.name, *r.labels): float(r.value) for r in readings}
    assert len(found) == len(readings)  # Prometheus refuses a scrape that says one thing twice
    return found


def test_a_catalogue_of_another_schema_is_away_and_nothing_worse(empty_catalogue_url: str) -> None:
    engine = open_engine(empty_catalogue_url)
    with pytest.raises(CatalogueOutdatedError):
        read_catalogue(engine)
    engine.dispose()


def test_everything_is_said(engine: Engine) -> None:
    assert series(engine)["musicai_pending_items", "classify", "high", "running"] == 0
    with transaction(engine) as session:
        session.add(Model(name="jazz-1", digest="ab" * 32, side_car={}, active=True, created_at=now()))
        counters.add(session, "n1", {(CounterName.SECONDS, Stage.DECODE): 1.5})
        failed = {(CounterName.TRACKS, TrackOutcome.FAILED): 2, (CounterName.FAILURES, "silent"): 2}
        counters.add(session, "n1", failed)
        fill(session)
    found = series(engine)
    assert found["musicai_tracks_total", "n1", "failed", "silent"] == 2
    assert ("musicai_tracks_total", "n1", "failed", "") not in found
    assert found["musicai_stage_seconds_total", "n1", "decode"] == 1.5
    assert found["musicai_pending_items", "classify", "high", "paused"] == 7
    assert found["musicai_pending_items", "train", "normal", "running"] == 1
    assert found["musicai_jobs", "classify", "paused"] == 1
    assert found["musicai_job_faults", "classify"] == 1
    assert found["musicai_claims", "n1"] == 1
    assert found["musicai_model_info", "jazz-1", "abababababab", "active"] == 1
    assert found["musicai_training_runs", "running"] == 1
    run = (str(found_job(found)), "mine")
    assert found["musicai_training_epoch", *run] == 1
    assert found["musicai_training_loss", *run, "train"] == 0.5
    assert ("musicai_training_loss", *run, "held_out") not in found
    assert found["musicai_training_accuracy", *run, "held_out"] == 0.25
    assert found["musicai_schedule_next_timestamp_seconds", "weekly", "retrain"] > 0
    assert found["musicai_schedule_last_outcome", "weekly", "retrain", "running"] == 1
    assert ("musicai_schedule_last_end_timestamp_seconds", "weekly", "retrain") not in found
    ended_at = datetime(2026, 3, 1, tzinfo=UTC)
    with transaction(engine) as session:
        done = {"state": "done", "ended_at": ended_at}
        session.execute(update(Job).where(Job.kind == JobKind.TRAIN).values(done))
        session.execute(update(Run).values(state=RunState.FAILED))
    found = series(engine)
    assert found["musicai_schedule_last_outcome", "weekly", "retrain", "failed"] == 1
    over = found["musicai_schedule_last_end_timestamp_seconds", "weekly", "retrain"]
    assert over == ended_at.timestamp()
    assert not [key for key in found if key[0] == "musicai_training_loss"]  # of live runs only


def test_no_scrape_reads_what_grows_with_the_library(engine: Engine) -> None:
    said: list[str] = []
    listen(engine, "before_cursor_execute", lambda c, cursor, statement, *_: said.append(statement))
    read_catalogue(engine)
    assert len(said) > 5
    large = re.compile(r"(FROM|JOIN) (track|item|prediction|score|folder)\b")
    (quarantine,) = (statement for statement in said if large.search(statement))
    statement = re.sub(r"\?|%\(\w+\)s(::VARCHAR)?", "'present'", quarantine)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))  # of a table without rows
            plan = connection.execute(text(f"EXPLAIN {statement}"))
        else:
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))
        assert re.search(r"(COVERING INDEX|Index Only Scan using) ix_track_failed", str(plan.all()))


def found_job(found: dict[tuple[str, ...], float]) -> str:
    return next(key[1] for key in found if key[0] == "musicai_training_epoch")


def fill(session) -> None:
    common = {"model_id": None, "library_id": None, "options": {}}
    job = ledger.create_job(session, JobKind.CLASSIFY, **common, priority=Priority.HIGH)
    values = {"state": "paused", "total": 10, "done": 1, "failed": 2, "fault": "not mounted"}
    session.execute(update(Job).where(Job.id == job.id).values(values))
    who = {"host": "n1", "pid": 1, "started": 1.0, "parent_pid": 1, "parent_started": 1.0}
    session.add(Claim(job_id=job.id, **who, alone=False, claimed_at=now(), lease_until=now()))
    job = ledger.create_job(session, JobKind.TRAIN, **common, priority=Priority.NORMAL)
    session.execute(update(Job).where(Job.id == job.id).values(state="running", total=1))
    run = Run(job_id=job.id, name="mine", state=RunState.RUNNING, request={}, facts={}, epoch=1, epochs=9)
    run.created_at = run.started_at = now()
    session.add(run)
    session.flush()
    figures = {"train_loss": 0.5, "train_accuracy": 0.75, "test_loss": None, "test_accuracy": 0.25}
    session.add(Epoch(run_id=run.id, epoch=1, **figures, rate=0.1, seconds=1.0, created_at=now()))
    schedule = Schedule(name="weekly", kind="retrain", options={}, every_s=9.0, zone="UTC", misfire="skip")
    schedule.grace_s, schedule.state, schedule.actor = 1.0, "active", "me"
    schedule.next_at = schedule.reckoned_at = schedule.created_at = now()
    session.add(schedule)
    session.flush()
    for state, job_id in ((FiringState.SKIPPED, None), (FiringState.RUNNING, job.id)):
        firing = Firing(
            schedule_id=schedule.id, due_at=now(), fired_at=now(), cause="timetable", outcome={}
        )
        firing.state, firing.job_id = state, job_id
        session.add(firing)
        session.flush()
