"""The size of the quarantine as the exporter tells it: as it is now, not what ever failed."""

import os
from collections.abc import Callable

from sqlalchemy import Engine, select, update

from musicai.catalogue import claims, ledger
from musicai.catalogue.claims import Holder
from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Track
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.exporter.catalogue_part import read_catalogue
from musicai.states import TrackState
from tests.unit.catalogue.conftest import new_job

__all__ = ["new_job"]
US = ProcessIdentity.of(os.getpid())


def quarantine(engine: Engine) -> float:
    return next(r.value for r in read_catalogue(engine) if r.metric.name == "musicai_quarantine_items")


def fail_all(engine: Engine, job_id: int) -> None:
    with transaction(engine) as session:
        handful = claims.claim(session, Holder(US, US), size=lambda pending, others: pending, lease_s=60)
        assert handful is not None
        for item, _ in handful.items:
            ledger.settle_failed(session, job_id, handful.claim_id, item, code="empty", reason="no sound")
        claims.give_back(session, handful)
        ledger.close_if_finished(session, job_id)


def test_what_is_tried_again_changes_or_goes_leaves_the_quarantine(
    engine: Engine, new_job: Callable[..., int]
) -> None:
    assert quarantine(engine) == 0
    first, second = new_job(3), new_job(2)
    fail_all(engine, first)
    fail_all(engine, second)
    assert quarantine(engine) == 5
    with transaction(engine) as session:
        gone, changed, *_ = session.scalars(select(Track.id).order_by(Track.id))
        session.execute(update(Track).where(Track.id == gone).values(state=TrackState.MISSING))
        session.execute(update(Track).where(Track.id == changed).values(error_code=None, error_reason=None))
    assert quarantine(engine) == 3
    jobs.retry(engine, second)
    assert quarantine(engine) == 1
    fail_all(engine, second)
    assert quarantine(engine) == 3
