"""Somebody else writes to the SQLite file for longer than anybody waits: `sqlite3`, a backup, an editor."""

import sqlite3
from pathlib import Path

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.product import Product, settled, tracks_done, were_interrupted
from tests.waiting import PATIENCE_S, until


def test_a_catalogue_that_somebody_locks(product: Product, dozens: Path, slow: dict[str, str]) -> None:
    busy = product.with_settings(**slow, MUSICAI_DATABASE_TIMEOUT="1")
    busy.run("db", "upgrade")
    said = busy.settings.home / "enqueue.err"
    with said.open("w") as err:
        enqueue = busy.start("enqueue", dozens, "--json", stderr=err)
    until(lambda: settled(product, 8), "eight tracks")

    log = busy.settings.run_folder / "logs" / "worker.log"
    intruder = sqlite3.connect(busy.settings.home / "catalogue.db", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    done = tracks_done(product)
    until(lambda: "trying again" in log.read_text(), "the worker to notice")
    refused = busy.run("jobs", "pause", "1", status=5).stderr
    assert "database is locked" in refused
    assert "(pytest" in refused or "(python" in refused
    assert tracks_done(product) == done
    until(lambda: "waiting for it" in said.read_text(), "the command to notice")
    intruder.execute("ROLLBACK")
    intruder.close()

    enqueue.communicate(timeout=PATIENCE_S)
    assert enqueue.returncode == 0, said.read_text()
    assert not were_interrupted(product)
    assert_all_done(product, 120)
