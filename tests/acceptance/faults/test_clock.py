"""The clock of a node jumps by an hour, forward and back, while it works."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from musicai.catalogue.tables import Firing
from tests.acceptance.faults.ledgers import assert_all_done, most_attempts
from tests.acceptance.faults.progress import goes_on
from tests.acceptance.product import Product, settled, were_interrupted
from tests.services.wrong_clock import WrongClock
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def wrong_clock(tmp_path: Path) -> WrongClock:
    return WrongClock(tmp_path)


def firings(product: Product) -> int:
    with product.look() as session:
        # of all that there were: those that found nothing to do are forgotten
        count: int = session.scalars(select(func.coalesce(func.max(Firing.id), 0))).one()
    return count


def test_a_clock_that_jumps(
    cluster: Product,
    dozens: Path,
    slow: dict[str, str],
    wrong_clock: WrongClock,
) -> None:
    job = cluster.json("enqueue", dozens)
    # small: of a large handful a process that was slow gives back what it did not reach, rightly
    astray = cluster.with_settings(**slow, **wrong_clock.environ, MUSICAI_HANDFUL="4")
    services = [astray.start("worker"), astray.start("scheduler"), cluster.start("scheduler")]
    # its clock is right: what the other one writes and believes must not look dead to it
    waiting = cluster.start("jobs", "resume", "--wait", str(job["id"]), "--json")
    until(lambda: settled(cluster, 8), "eight tracks")
    for offset in (3600, -3600):
        wrong_clock.set(offset)
        goes_on(cluster)
    _, err = waiting.communicate(timeout=PATIENCE_S)
    assert waiting.returncode == 0, err
    assert [service.poll() for service in services] == [None, None, None]
    assert firings(cluster) < 6  # one a minute: what the clock of a node says is not due
    assert most_attempts(cluster) == 1
    assert not were_interrupted(cluster)
    assert_all_done(cluster, 120)
