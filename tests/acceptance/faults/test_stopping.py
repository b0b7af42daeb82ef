"""Somebody stops a worker, or starts the same thing twice."""

import signal
from pathlib import Path

from sqlalchemy import select

from musicai.catalogue.tables import Claim
from tests.acceptance.faults.ledgers import assert_all_balanced, assert_all_done
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, were_interrupted
from tests.waiting import GRACE_S, PATIENCE_S, until


def holds_something(product: Product) -> bool:
    with product.look() as session:
        found = session.scalars(select(Claim.id)).first()
    return found is not None


def test_a_worker_that_is_told_to_stop_gives_back_what_it_decodes(
    cluster: Product, dozens: Path, home: Path
) -> None:
    """SIGTERM is heard in the middle of a decode that takes far longer than anybody waits for it."""
    job = cluster.json("enqueue", dozens)
    endless = slow_storage(home / "endless", 10 * PATIENCE_S)
    worker = cluster.with_settings(**endless, MUSICAI_ITEM_TIMEOUT=f"{20 * PATIENCE_S:g}").start("worker")
    until(lambda: holds_something(cluster), "a claim")
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=GRACE_S)
    assert worker.returncode == 0
    assert_all_balanced(cluster)
    assert not were_interrupted(cluster)
    cluster.start("worker")
    cluster.run("jobs", "resume", "--wait", str(job["id"]))
    assert_all_done(cluster, 120)


def test_two_enqueues_of_one_folder_at_once_on_postgresql(cluster: Product, dozens: Path) -> None:
    both = [cluster.start("enqueue", "--wait", dozens, "--json") for _ in range(2)]
    cluster.start("worker")
    results = [process.communicate(timeout=PATIENCE_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    assert_all_done(cluster, 120)
    assert len(cluster.json("query")) == 120
