"""What has served its time goes, and nothing else does."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from musicai.catalogue import claims, ledger, retention, runs, schedules
from musicai.catalogue.claims import Holder
from musicai.catalogue.retention import Rows
from musicai.catalogue.schedules import Due
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Epoch, Firing, Job, Run, Schedule
from musicai.config import Settings
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.housekeeping import NodeFiles
from musicai.services.job_list import latest
from musicai.services.node_files import leftover_files
from musicai.services.tidy import _batches, tidy, tidy_a_little, with_days
from musicai.states import FiringCause, JobState, RunState
from tests.services.rights import as_nobody, open_the_way_to
from tests.unit.catalogue.conftest import new_job

__all__ = ["new_job"]
NewJob = Callable[..., int]
US = ProcessIdentity.of(os.getpid())
LONG_AGO = now() - timedelta(days=100)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path)})


def classify(engine: Engine, job_id: int, failed: int = 1) -> None:
    """Settle all tracks of a job, some of them badly."""
    with transaction(engine) as session:
        handful = claims.claim(session, Holder(US, US), size=lambda pending, others: pending, lease_s=60)
        assert handful is not None
        ids = [item for item, _ in handful.items]
        for item in ids[:failed]:
            ledger.settle_failed(session, job_id, handful.claim_id, item, code="empty", reason="no sound")
        ledger.settle_done(session, job_id, handful.claim_id, ids[failed:])
        claims.give_back(session, handful)
        ledger.close_if_finished(session, job_id)


def age(engine: Engine, *job_ids: int) -> None:
    with transaction(engine) as session:
        session.execute(update(Job).where(Job.id.in_(job_ids)).values(ended_at=LONG_AGO))
        session.execute(update(Run).where(Run.job_id.in_(job_ids)).values(ended_at=LONG_AGO))


def items(engine: Engine, job_id: int) -> dict[str, int]:
    with reading(engine) as session:
        return ledger.recount(session, job_id)


def clean(engine: Engine, settings: Settings, *, dry_run: bool = False):
    return tidy(engine, settings, lambda done, of: None, dry_run=dry_run)


def test_tracks_of_old_jobs_go_and_every_job_reads_as_before(
    engine: Engine, settings: Settings, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    old, cancelled, fresh, open_ = (new_job(5) for _ in range(4))
    classify(engine, old)
    jobs.cancel(engine, cancelled)
    classify(engine, fresh)
    age(engine, old, cancelled)
    before = [view.to_json() for view in latest(engine, 9)]
    counted = clean(engine, settings, dry_run=True)
    assert (counted.items, items(engine, old)) == (9, {"done": 4, "failed": 1})
    assert clean(engine, settings) == replace(counted, dry_run=False)
    assert clean(engine, settings).items == 0
    # the quarantine stays: it is what `jobs show` counts by code, and what `jobs retry` goes by
    assert (items(engine, old), items(engine, cancelled)) == ({"failed": 1}, {})
    assert (items(engine, fresh), items(engine, open_)) == ({"done": 4, "failed": 1}, {"pending": 5})
    after = [view.to_json() for view in latest(engine, 9)]
    assert [{**view, "elapsed_s": 0} for view in after] == [{**view, "elapsed_s": 0} for view in before]

    assert jobs.retry(engine, old) == 1
    jobs.cancel(engine, open_)
    classify(engine, old, failed=0)
    view = jobs.read(engine, old)
    assert (view.state, view.total, view.done, view.failed) == ("done", 5, 5, 0)
    age(engine, old)
    assert tidy_a_little(engine, settings, 60).items == 1
    assert tidy_a_little(engine, with_days(settings, 0, 0, 0), 60).total == 0


def test_jobs_without_rows_are_dealt_with_many_at_a_time(
    engine: Engine, settings: Settings, new_job: NewJob
) -> None:
    empty = [new_job(0) for _ in range(300)]
    full = [new_job(3) for _ in range(2)]
    for job_id in full:
        jobs.cancel(engine, job_id)
    age(engine, *empty, *full)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert tidy_a_little(engine, settings, 60) == Rows(items=6)
    assert len(statements) < 50
    # done is done, also when there was nothing to delete: the next one does not look again
    with reading(engine) as session:
        assert session.scalars(select(func.count()).where(Job.retired_at.is_(None))).one() == 0


def test_a_walk_over_jobs_of_all_sizes_leaves_none_out(
    engine: Engine, settings: Settings, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    monkeypatch.setattr(retention, "JOBS_AT_ONCE", 2)
    sizes = (0, 1, 7, 0, 3, 0, 0, 0, 2, 6)
    made = [new_job(size) for size in sizes]
    for job_id, size in zip(made, sizes, strict=True):
        if size % 2:
            classify(engine, job_id, failed=1)
        elif size:
            jobs.cancel(engine, job_id)
    age(engine, *made)
    batches = list(_batches(engine, settings))
    assert all(batch.items <= 3 for batch in batches)
    assert sum(batch.items for batch in batches) == sum(sizes) - 3
    assert [items(engine, job_id) for job_id in made] == [
        {"failed": 1} if size % 2 else {} for size in sizes
    ]
    with reading(engine) as session:
        assert session.scalars(select(func.count()).where(Job.retired_at.is_(None))).one() == 0


def test_epochs_of_runs_in_vain_go_but_for_the_last(engine: Engine, settings: Settings) -> None:
    with transaction(engine) as session:
        made = [runs.create(session, "jazzbox", {}) for _ in range(2)]
        for run, state in zip(made, (RunState.DONE, RunState.CANCELLED), strict=True):
            figures = {"train_loss": 1.0, "rate": 0.1, "seconds": 1.0, "created_at": now()}
            session.execute(insert(Epoch), [{"run_id": run.id, "epoch": n, **figures} for n in (1, 2, 3)])
            run.state, run.epoch = state, 3
            session.get_one(Job, run.job_id).state = JobState.DONE
    age(engine, *(run.job_id for run in made))
    before = [jobs.read(engine, run.job_id).run for run in made]
    assert clean(engine, settings).epochs == 2
    assert [jobs.read(engine, run.job_id).run for run in made] == before
    with reading(engine) as session:
        assert session.scalars(select(Epoch.epoch).where(Epoch.run_id == made[1].id)).all() == [3]
        assert session.scalars(select(func.count()).where(Epoch.run_id == made[0].id)).one() == 3


def test_checkpoints_of_ended_runs_and_unneeded_copies_go(engine: Engine, settings: Settings) -> None:
    with transaction(engine) as session:
        old, young, foreign = (runs.create(session, "jazzbox", {}) for _ in range(3))
        for run in (old, young, foreign):
            folder = settings.runs_folder / str(run.job_id)
            folder.mkdir(parents=True)
            (folder / "train-0.ckpt").write_bytes(b"0" * 100)
            (folder / "train.log").write_text("how it went")
            run.state, run.folder, run.ended_at = RunState.CANCELLED, str(folder), LONG_AGO
        young.ended_at, foreign.folder = now(), "/somewhere/else"
    (settings.runs_folder / ("9" * 30)).mkdir()  # no number of a run
    copy = settings.model_store.copies / "0123456789abcdef" / "jazzbox-1"
    copy.mkdir(parents=True)
    (copy / "model.safetensors").write_bytes(b"0" * 50)
    assert clean(engine, settings, dry_run=True).copies == 0
    os.utime(copy.parent, (0, 0))
    found = clean(engine, settings, dry_run=True)
    assert (found.checkpoints, found.checkpoint_bytes, found.copies, found.copy_bytes) == (1, 100, 1, 50)
    assert clean(engine, settings) == replace(found, dry_run=False)
    left = sorted(str(file.relative_to(settings.home)) for file in settings.runs_folder.rglob("*.*"))
    assert left == [
        "runs/1/train.log",
        "runs/2/train-0.ckpt",
        "runs/2/train.log",
        "runs/3/train-0.ckpt",
        "runs/3/train.log",
    ]
    assert list(settings.model_store.copies.iterdir()) == []


def old_copies(settings: Settings, *names: str) -> list[Path]:
    folders = [settings.model_store.copies / name for name in names]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"0" * 50)
        os.utime(folder, (0, 0))
    return folders


def test_what_goes_meanwhile_or_may_not_go_stops_no_other(
    engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    first, held, last = old_copies(settings, "a", "b", "c")
    held.chmod(0o555)  # what lies in it may be read and not deleted
    open_the_way_to(settings.model_store.copies)
    for folder in (settings.model_store.copies, first, last):
        folder.chmod(0o777)
    gone = settings.model_store.copies / "gone"
    gone.symlink_to("nothing")
    os.utime(gone, (0, 0), follow_symlinks=False)
    engine.connect().close()  # stays open in the pool: nobody could not open it
    found = as_nobody(lambda: clean(engine, settings))
    assert (found.copies, found.copy_bytes) == (3, 100)
    assert [path.name for path in settings.model_store.copies.iterdir()] == ["b"]
    assert found.left == [f"{held}: Permission denied"]
    as_nobody(NodeFiles(engine, settings).tidy)
    assert f"{held} stays: Permission denied" in caplog.text
    assert "deleted checkpoints" not in caplog.text


def test_a_run_whose_folder_may_not_be_looked_into_stops_no_other(
    engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as session:
        run = runs.create(session, "jazzbox", {})
        run.state, run.folder = RunState.DONE, str(settings.runs_folder / str(run.job_id))
        folder = run.folder
    age(engine, run.job_id)
    Path(folder).mkdir(parents=True)
    (copy,) = old_copies(settings, "a")
    open_the_way_to(settings.runs_folder)
    open_the_way_to(settings.model_store.copies)
    for place in (copy.parent, copy):
        place.chmod(0o777)
    settings.runs_folder.chmod(0o444)  # says what is in it, and lets nobody pass
    engine.connect().close()  # stays open in the pool: nobody could not open it
    found = as_nobody(lambda: clean(engine, settings))
    assert (found.copies, found.left) == (1, [f"{folder}: Permission denied"])


def test_what_another_process_deletes_at_the_same_time_is_no_fault(
    engine: Engine, settings: Settings
) -> None:
    folders = old_copies(settings, "a", "b", "c")
    complaints: list[OSError] = []
    found = leftover_files(engine, settings, lambda path, err: complaints.append(err))
    first = next(found)
    shutil.rmtree(folders[0])
    shutil.rmtree(folders[1])
    (last,) = found
    assert [left.delete(lambda path, err: complaints.append(err)) for left in (first, last)] == [
        False,
        True,
    ]
    assert not complaints


def test_the_history_of_a_schedule_keeps_its_latest_firing(engine: Engine, settings: Settings) -> None:
    with transaction(engine) as session:
        schedule = session.scalars(select(Schedule).where(Schedule.name == "reconcile")).one()
        due = Due(LONG_AGO, FiringCause.TIMETABLE)
        for outcome in ({}, {"released": 1}, {}):
            firing = schedules.add_firing(session, schedule.id, due, now())
            schedules.finish(session, firing.id, outcome)
            schedules.forget_idle(session, firing.id)
        # of those that found nothing to do, the latest is enough
        kept = session.scalars(select(Firing.outcome).order_by(Firing.id)).all()
        assert kept == [{"released": 1}, {}]
        session.execute(update(Firing).values(ended_at=LONG_AGO - timedelta(days=300)))
    assert clean(engine, settings).firings == 1
    with reading(engine) as session:
        assert session.scalars(select(Firing.outcome)).all() == [{}]
