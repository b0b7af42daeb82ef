"""Runs: one process at a time works on each, and the ledger of its job balances whatever happens."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from musicai.catalogue import ledger, runs
from musicai.catalogue.heartbeat import Standing
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Job, Model, Run
from musicai.errors import RunLostError, StateError
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.states import JobState, RunState

US = ProcessIdentity.of(os.getpid())
THEM = replace(US, host="elsewhere")
FIGURES = {
    "train_loss": 1.5,
    "train_accuracy": 0.4,
    "test_loss": None,
    "test_accuracy": None,
    "rate": 0.1,
    "seconds": 2.0,
}


@pytest.fixture
def job(engine: Engine) -> int:
    with transaction(engine) as session:
        return runs.create(session, "jazzbox", {"seed": 1}).job_id


def claim(engine: Engine, holder: ProcessIdentity = US, lease_s: float = 60.0) -> int | None:
    with transaction(engine) as session:
        claimed = runs.claim(session, holder, lease_s)
    return claimed.id if claimed else None


def run_of(engine: Engine, job: int) -> Run:
    with reading(engine) as session:
        return runs.of_job(session, job)


def balance(engine: Engine, job: int) -> tuple[str, int, int, int, int]:
    view = jobs.read(engine, job)
    assert view.total == view.done + view.failed + view.skipped + view.cancelled + view.pending == 1
    return view.state, view.done, view.failed, view.cancelled, view.pending


def test_one_process_works_on_a_run(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    assert claim(engine, THEM) is None
    with transaction(engine) as session:
        assert runs.renew(session, run, US, 60) is Standing.OURS
        assert runs.renew(session, run, THEM, 60) is Standing.LOST
    assert balance(engine, job) == ("running", 0, 0, 0, 1)


def test_what_a_run_finds_out_is_its_holders_to_write(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    with transaction(engine) as session:
        runs.set_plan(session, run, US, epochs=3, folder="/runs/1")
        runs.add_facts(session, run, US, {"digest": "d"})
        runs.add_epoch(session, run, US, {"epoch": 1, **FIGURES})
        runs.add_epoch(session, run, US, {"epoch": 2, **FIGURES})
        # computed again after a crash
        runs.add_epoch(session, run, US, {"epoch": 2, **FIGURES, "train_loss": 1.25})
    for late in (
        lambda session: runs.add_epoch(session, run, THEM, {"epoch": 3, **FIGURES}),
        lambda session: runs.add_facts(session, run, THEM, {"digest": "another"}),
        lambda session: runs.set_plan(session, run, THEM, epochs=9, folder="/elsewhere"),
    ):
        with pytest.raises(RunLostError), transaction(engine) as session:
            late(session)
    view = jobs.read(engine, job).run
    assert view is not None
    assert (view.epoch, view.epochs, view.train_loss, view.remaining_s) == (2, 3, 1.25, 2.0)
    assert view.facts == {"digest": "d"}
    with reading(engine) as session:
        assert [epoch.epoch for epoch in runs.epochs(session, run)] == [1, 2]


def test_a_finished_run_is_one_thing_done(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    with transaction(engine) as session:
        session.add(Model(id=7, name="jazzbox-1", digest="0" * 64, side_car={}, created_at=now()))
        session.flush()
        assert not runs.finish(session, run, THEM, 7)
        assert runs.finish(session, run, US, 7)
        assert not runs.finish(session, run, US, 7)
    assert balance(engine, job) == ("done", 1, 0, 0, 0)
    assert jobs.read(engine, job).model == "jazzbox-1"


def test_a_failed_run_says_why_and_can_be_tried_again(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    with transaction(engine) as session:
        runs.fail(session, run, US, "dataset", "one class only")
    assert balance(engine, job) == ("done", 0, 1, 0, 0)
    assert jobs.read(engine, job).errors == {"dataset": 1}
    assert jobs.retry(engine, job) == 1
    assert jobs.retry(engine, job) == 0
    assert balance(engine, job) == ("running", 0, 0, 0, 1)
    assert claim(engine) == run


def test_cancelling_ends_a_run_in_hand(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    jobs.cancel(engine, job)
    assert balance(engine, job) == ("cancelled", 0, 0, 1, 0)
    with transaction(engine) as session:
        assert runs.renew(session, run, US, 60) is Standing.CANCELLED
        runs.release(session, run, US)
        runs.fail(session, run, US, "late", "too late")
    assert run_of(engine, job).state == RunState.CANCELLED
    assert balance(engine, job) == ("cancelled", 0, 0, 1, 0)
    with pytest.raises(StateError, match="cancelled already"):
        jobs.cancel(engine, job)


def test_a_paused_run_is_given_back_and_resumed(engine: Engine, job: int) -> None:
    run = claim(engine)
    assert run is not None
    jobs.pause(engine, job)
    with transaction(engine) as session:
        assert runs.renew(session, run, US, 60) is Standing.PAUSED
        runs.release(session, run, US)
    assert claim(engine) is None
    jobs.resume(engine, job)
    assert jobs.read(engine, job).state == JobState.RUNNING
    assert claim(engine) == run


def test_a_run_whose_lease_is_over_waits_again(engine: Engine, job: int) -> None:
    run = claim(engine, THEM)
    with transaction(engine) as session:
        assert runs.release_dead(session) == 0
        session.execute(update(Run).values(lease_until=now() - timedelta(seconds=1)))
        assert runs.release_dead(session) == 1
    assert claim(engine) == run
    assert run_of(engine, job).attempts == 2


def test_a_dead_process_of_this_machine_is_noticed_before_its_lease_is_over(
    engine: Engine, job: int
) -> None:
    assert claim(engine, replace(US, started=US.started - 1000)) is not None
    with transaction(engine) as session:
        assert runs.release_dead(session) == 1


def test_a_run_that_kills_every_process_fails(engine: Engine, job: int) -> None:
    gone = replace(US, started=US.started - 1000)
    for death in range(runs.DEATHS):
        run = claim(engine, gone)
        assert run is not None
        if death == 0:  # an epoch between two deaths is progress
            with transaction(engine) as session:
                runs.release_dead(session)
            run = claim(engine, gone)
            assert run is not None
            with transaction(engine) as session:
                runs.add_epoch(session, run, gone, {"epoch": 1, **FIGURES})
        with transaction(engine) as session:
            runs.release_dead(session)
    assert balance(engine, job) == ("done", 0, 1, 0, 0)
    assert run_of(engine, job).error_code == "crashed"
    assert claim(engine) is None


def test_a_process_that_slept_through_its_lease_did_not_die_of_the_run(engine: Engine, job: int) -> None:
    for _ in range(runs.DEATHS + 1):
        assert claim(engine) is not None
        with transaction(engine) as session:
            session.execute(update(Run).values(lease_until=now() - timedelta(seconds=1)))
            assert runs.release_dead(session) == 1
    assert run_of(engine, job).deaths == 0
    assert balance(engine, job) == ("running", 0, 0, 0, 1)


def test_a_run_that_a_node_lacks_something_for_lets_others_pass(engine: Engine, job: int) -> None:
    first = claim(engine)
    assert first is not None
    with transaction(engine) as session:
        runs.release(session, first, US, "no such folder here")
        second = runs.create(session, "other", {}).id
        claimed = runs.claim(session, US, 60, shunned=(first,))
        assert claimed is not None
        assert claimed.id == second
    assert jobs.read(engine, job).fault == "no such folder here"
    assert claim(engine) == first
    with transaction(engine) as session:
        runs.set_plan(session, first, US, epochs=1, folder="/runs/1")
    assert jobs.read(engine, job).fault is None


def test_the_most_urgent_run_goes_first(engine: Engine, job: int) -> None:
    with transaction(engine) as session:
        urgent = runs.create(session, "urgent", {})
        ledger.get_job(session, urgent.job_id).priority = 2
    assert claim(engine) == urgent.id
    with reading(engine) as session:
        assert [run.job_id for run in runs.waiting(session)] == [job]
        assert session.get_one(Job, urgent.job_id).pending == 1
