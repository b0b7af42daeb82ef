"""A merge whose commit ends with an error: tried again only when it is known that nothing was done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from musicai.catalogue import ledger
from musicai.catalogue.session import transaction
from musicai.errors import CatalogueUnavailableError
from musicai.services.scan import scan
from musicai.states import JobState
from tests.integration.scanned import Catalogue


@pytest.fixture
def catalogue_url(postgres_catalogue_url: str) -> str:
    return postgres_catalogue_url


@pytest.fixture
def catalogue(engine: Engine) -> Catalogue:
    return Catalogue.of_models(engine, "one")


@pytest.fixture
def job_id(catalogue: Catalogue, tmp_path: Path) -> int:
    """A job about three tracks that were classified before."""
    (tmp_path / "Music").mkdir()
    for number in range(3):
        (tmp_path / "Music" / f"{number}.wav").write_bytes(b"\0" * number)
    catalogue.scan(tmp_path / "Music")
    catalogue.work()
    return catalogue.enqueue(tmp_path / "Music")


def at_the_next_commit(catalogue: Catalogue, commit: Callable[[Any], None]) -> None:
    """Let something happen in the place of the next commit."""
    dialect = catalogue.engine.dialect
    real, waiting = dialect.do_commit, [commit]
    dialect.do_commit = lambda connection: waiting.pop()(connection) if waiting else real(connection)


def read(catalogue: Catalogue, job_id: int) -> None:
    with transaction(catalogue.engine) as session:
        ledger.restart_scan(session, job_id)
    scan(catalogue.engine, job_id, lambda _: None, lambda: False)


def test_a_link_that_breaks_after_the_commit_counts_nothing_twice(catalogue, job_id):
    def break_after(connection: Any) -> None:
        connection.commit()
        pid = connection.driver_connection.info.backend_pid
        with catalogue.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        connection.driver_connection.execute("SELECT 1")

    with pytest.raises(CatalogueUnavailableError):
        read_and(catalogue, job_id, break_after)
    assert catalogue.job(job_id).skipped == 3
    read(catalogue, job_id)
    assert (catalogue.job(job_id).skipped, catalogue.job(job_id).state) == (3, JobState.DONE)


def test_a_writer_that_the_database_ended_tries_again(catalogue, job_id):
    def end(connection: Any) -> None:
        connection.driver_connection.execute(
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"
        )

    read_and(catalogue, job_id, end)
    assert (catalogue.job(job_id).skipped, catalogue.job(job_id).state) == (3, JobState.DONE)


def read_and(catalogue: Catalogue, job_id: int, commit: Callable[[Any], None]) -> None:
    """Read the folders, with a merge that does not get through."""
    at_the_next_commit(catalogue, commit)
    scan(catalogue.engine, job_id, lambda _: None, lambda: False)
