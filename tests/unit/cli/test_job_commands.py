"""What `musicai jobs` says of jobs that are over."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from musicai.catalogue import ledger, migrate, runs
from musicai.catalogue.session import now, open_engine, transaction
from musicai.catalogue.tables import Item, Run
from musicai.cli import cli
from musicai.cli.progress import JobProgress
from musicai.cli.training import training_text
from musicai.config import Settings
from musicai.errors import StateError
from musicai.process import ProcessIdentity
from musicai.services import jobs as service
from musicai.services.scan_options import ScanOptions, Target
from musicai.states import ItemState
from musicai.training.request import TrainRequest
from tests.unit.catalogue.conftest import new_job
from tests.unit.failed_run import failed_run

__all__ = ["new_job"]
NewJob = Callable[..., int]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path))
    engine = open_engine(Settings.from_env().catalogue_url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def failed(engine: Engine) -> int:
    return failed_run(engine)


def jobs(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["jobs", *map(str, arguments)], catch_exceptions=False)


@pytest.mark.parametrize("command", ["watch", "retry"])
def test_of_a_job_that_is_over_its_account_is_printed_and_no_track(
    engine: Engine, new_job: NewJob, command: str
) -> None:
    job_id = new_job(3)
    with transaction(engine) as session:
        session.execute(update(Item).values(state=ItemState.DONE))
        job = ledger.get_job(session, job_id)
        job.done, job.options = 3, ScanOptions((Target(1, b""),)).to_json()
        session.flush()
        ledger.close_if_finished(session, job_id)
    done = jobs(command, job_id)
    assert f"job {job_id} done in" in done.stdout
    assert "3 tracks: 3 classified" in done.stdout
    assert ".wav" not in done.output


def test_a_job_whose_run_failed_says_so_and_how_to_try_again(engine: Engine, failed: int) -> None:
    shown = jobs("show", failed).stdout
    assert f"job {failed}: train jazzbox, failed" in shown
    assert f"musicai jobs retry {failed}" in shown
    assert "done" not in shown
    with pytest.raises(StateError, match=f"job {failed} failed: `musicai jobs retry {failed}`"):
        jobs("resume", failed)
    watched = jobs("watch", failed)
    assert "no tracks of jazz" in watched.stderr


@pytest.mark.parametrize(
    ("code", "status"), [("dataset", 10), ("training", 9), ("crashed", 1), ("of_a_later_version", 1)]
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_a_run_failed_of_decides_the_exit_status(
    engine: Engine, failed: int, code: str, status: int, options: tuple[str, ...]
) -> None:
    with transaction(engine) as session:
        session.execute(update(Run).values(error_code=code))
    assert jobs("watch", failed, *options).exit_code == status


@pytest.fixture
def silent(engine: Engine) -> int:
    """The job of a run whose trainer, on another machine, has given no sign of life for an hour."""
    with transaction(engine) as session:
        job_id = runs.create(session, "jazzbox", TrainRequest("jazzbox", ("/data",)).to_json()).job_id
        runs.claim(session, ProcessIdentity("elsewhere", 1, 2.0), lease_s=60)
        session.execute(update(Run).values(lease_until=now() - timedelta(hours=1)))
    return job_id


def test_a_run_whose_trainer_is_silent_is_not_shown_as_at_work(engine: Engine, silent: int) -> None:
    shown = jobs("show", silent).stdout
    assert "no sign of life of its trainer" in shown
    assert f"`musicai jobs resume {silent}` goes on with it" in shown
    assert "left" not in shown
    assert "running, silent" in jobs("list").stdout
    view = service.read(engine, silent)
    assert view.workers == {}
    assert view.run is not None
    assert "no sign of life" in training_text(view.run)


def test_resume_takes_a_run_back_from_a_trainer_that_is_silent(engine: Engine, silent: int) -> None:
    view = service.resume(engine, silent)
    assert view.run is not None
    assert (view.run.state, view.run.is_silent) == ("waiting", False)


def test_of_a_paused_run_no_trainer_is_said_to_take_it_up(engine: Engine, silent: int) -> None:
    service.pause(engine, silent)
    shown = jobs("show", silent).stdout
    assert f"`musicai jobs resume {silent}` goes on with it" in shown
    assert "a `musicai trainer`" not in shown


def test_that_a_process_of_this_machine_died_is_said_once(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lease runs on for a minute, and the view is looked at each second."""
    us = ProcessIdentity.of(os.getpid())
    with transaction(engine) as session:
        job_id = runs.create(session, "jazzbox", TrainRequest("jazzbox", ("/data",)).to_json()).job_id
        runs.claim(session, replace(us, started=us.started - 1000), lease_s=60)
    with JobProgress(live=False) as progress:
        for _ in range(3):
            progress.viewed(service.read(engine, job_id))
            time.sleep(1)
    said = capsys.readouterr().err
    assert said.count("no sign of life of its trainer; `musicai jobs resume") == 1
