"""Somebody else writes to the SQLite file for longer than anybody waits: `sqlite3`, a backup, an editor."""

import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.product import Product, settled, tracks_done, were_interrupted
from tests.waiting import until

pytestmark = pytest.mark.timeout(240)


def test_a_catalogue_that_somebody_locks(product: Product, dozens: Path, slow: dict[str, str]) -> None:
    busy = product.with_settings(**slow, MUSICAI_DATABASE_TIMEOUT="1")
    busy.run("db", "upgrade")
    enqueue = busy.start("enqueue", dozens, "--json")
    until(lambda: settled(product, 8), "eight tracks", 150)

    log = busy.settings.run_folder / "logs" / "worker.log"
    intruder = sqlite3.connect(busy.settings.home / "catalogue.db", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    done = tracks_done(product)
    until(lambda: "trying again" in log.read_text(), "the worker to notice", 60)
    refused = busy.run("jobs", "pause", "1", status=5).stderr
    assert "database is locked" in refused
    assert "(pytest" in refused or "(python" in refused
    assert tracks_done(product) == done
    intruder.execute("ROLLBACK")
    intruder.close()

    _, err = enqueue.communicate(timeout=100)
    assert enqueue.returncode == 0, err
    assert "waiting for it" in err
    assert not were_interrupted(product)
    assert_all_done(product, 120)
