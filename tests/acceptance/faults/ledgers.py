"""What has to hold at the end of every fault, for every job that there is."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.tables import Claim, Item, Job, Prediction
from tests.acceptance.product import Product


def assert_all_balanced(product: Product) -> None:
    """Assert that all ledgers agree with their items, and that nobody holds anything any more."""
    with product.look() as session:
        jobs = session.scalars(select(Job)).all()
        assert jobs
        for job in jobs:
            _assert_balanced(session, job)
        assert session.scalars(select(func.count()).select_from(Claim)).one() == 0
        twice = select(Prediction.track_id).group_by(Prediction.track_id, Prediction.model_id)
        assert session.scalars(twice.having(func.count() > 1)).all() == []


def _assert_balanced(session: Session, job: Job) -> None:
    settled = job.done + job.failed + job.skipped + job.cancelled
    assert job.total == settled + job.pending
    assert min(job.done, job.failed, job.skipped, job.cancelled, job.pending) >= 0
    if job.kind != "classify":
        return
    items = ledger.recount(session, job.id)
    counted = {"done": job.done, "failed": job.failed, "cancelled": job.cancelled, "pending": job.pending}
    assert items == {state: count for state, count in counted.items() if count}
    answered = select(Prediction.track_id).where(Prediction.model_id == job.model_id)
    done = select(func.count()).where(Item.job_id == job.id, Item.state == "done")
    assert session.scalars(done.where(Item.track_id.not_in(answered))).one() == 0


def assert_all_done(product: Product, total: int) -> None:
    """Assert that all is balanced and that every classify job has its `total` tracks done."""
    assert_all_balanced(product)
    with product.look() as session:
        jobs = session.scalars(select(Job).where(Job.kind == "classify")).all()
        assert {(job.state, job.total, job.done + job.skipped) for job in jobs} == {("done", total, total)}


def most_attempts(product: Product) -> int:
    """Return how often the track was claimed that was claimed most often."""
    with product.look() as session:
        attempts: int = session.scalars(select(func.max(Item.attempts))).one()
    return attempts
