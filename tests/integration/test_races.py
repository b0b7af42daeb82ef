"""What PostgreSQL lets happen at once: claims, their return, and the end of a job."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from musicai.catalogue import claims, ledger
from musicai.catalogue.claims import Handful, Holder
from musicai.catalogue.session import reading, transaction
from musicai.process import ProcessIdentity
from musicai.states import JobState
from tests.unit.catalogue.conftest import new_job

__all__ = ["new_job"]
NewJob = Callable[..., int]


@pytest.fixture
def catalogue_url(postgres_catalogue_url: str) -> str:
    return postgres_catalogue_url


def take(engine: Engine) -> Handful | None:
    me = ProcessIdentity.current()
    with transaction(engine) as session:
        return claims.claim(session, Holder(me, me), size=lambda pending, others: 4, lease_s=60)


class Beside(threading.Thread):
    """Runs something in a thread, up to its end or to the first lock that it has to wait for."""

    def __init__(self, engine: Engine, action: Callable[[], object]) -> None:
        super().__init__()
        self._action, self.result, self.error = action, None, None
        self.start()
        with engine.connect() as connection:
            query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while self.is_alive() and not connection.scalar(query):
                time.sleep(0.01)

    def run(self) -> None:
        try:
            self.result = self._action()
        except Exception as err:  # noqa: BLE001 -- for the test to look at
            self.error = err


def cancel(engine: Engine, job_id: int) -> None:
    with transaction(engine) as session:
        ledger.cancel(session, job_id)


def test_a_job_cancelled_while_a_handful_is_given_back_keeps_nothing_pending(
    engine: Engine, new_job: NewJob
) -> None:
    job_id = new_job(8)
    handful = take(engine)
    with transaction(engine) as session:
        claims.give_back(session, handful)
        beside = Beside(engine, lambda: cancel(engine, job_id))
    beside.join()
    assert beside.error is None
    with reading(engine) as session:
        job = ledger.get_job(session, job_id)
        assert (job.state, job.pending, job.cancelled) == (JobState.CANCELLED, 0, 8)


def test_cancelling_and_claiming_do_not_wait_for_each_other(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(8)
    with transaction(engine) as session:
        ledger.get_job(session, job_id, lock=True)
        beside = Beside(engine, lambda: take(engine))
        ledger.cancel(session, job_id)
    beside.join()
    assert (beside.error, beside.result) == (None, None)
