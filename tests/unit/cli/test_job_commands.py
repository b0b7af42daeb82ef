"""What `musicai jobs` says of jobs that are over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from musicai.catalogue import ledger, migrate
from musicai.catalogue.session import open_engine, transaction
from musicai.catalogue.tables import Item, Run
from musicai.cli import cli
from musicai.config import Settings
from musicai.errors import StateError
from musicai.services.scan_options import ScanOptions, Target
from musicai.states import ItemState
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
