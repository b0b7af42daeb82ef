"""Listing jobs by how they stand and by who asked for them."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from musicai.catalogue import ledger
from musicai.catalogue.session import transaction
from musicai.errors import NotFoundError
from musicai.services.job_list import Choice, latest
from tests.unit.catalogue.conftest import new_job
from tests.unit.failed_run import failed_run

__all__ = ["new_job"]
NewJob = Callable[..., int]


def listed(engine: Engine, *states: str, schedule: str | None = None, limit: int = 9) -> list[int]:
    return [view.id for view in latest(engine, limit, Choice(states, schedule))]


def test_jobs_are_listed_by_how_they_stand_and_by_their_schedule(engine: Engine, new_job: NewJob) -> None:
    done, nightly, paused, running = new_job(0), new_job(0), new_job(1), new_job(1)
    failed = failed_run(engine)
    with transaction(engine) as session:
        ledger.get_job(session, nightly).options = {"schedule": "nightly"}
        ledger.pause(session, paused)
    assert listed(engine) == [failed, running, paused, nightly, done]
    assert listed(engine, "done") == [nightly, done]
    assert listed(engine, "done", limit=1) == [nightly]
    assert listed(engine, "running", "paused") == [running, paused]
    assert listed(engine, "failed") == [failed]
    assert listed(engine, schedule="nightly") == [nightly]
    assert listed(engine, "running", schedule="nightly") == []
    with pytest.raises(NotFoundError, match="no schedule 'weekly'"):
        listed(engine, schedule="weekly")
