"""PostgreSQL is restarted in the middle of everything."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.progress import goes_on, learns_on, run_of
from tests.acceptance.product import Product, settled, were_interrupted
from tests.services.postgres import PostgresServer
from tests.waiting import until


@pytest.mark.timeout(300)
def test_postgresql_is_restarted_under_workers_trainers_and_commands(
    cluster: Product, postgres: PostgresServer, dozens: Path, slow: dict[str, str], lessons: list[str]
) -> None:
    cluster.run("train", *lessons)
    trainer = cluster.start("trainer")
    learns_on(cluster)
    job = cluster.json("enqueue", dozens)
    log = cluster.settings.home / "worker.log"
    with log.open("w") as stderr:
        worker = cluster.with_settings(**slow).start("worker", stderr=stderr)
    waiting = [
        cluster.start("jobs", "watch", str(job["id"]), "--json"),
        cluster.start("jobs", "resume", "--wait", str(job["id"]), "--json"),
    ]
    until(lambda: settled(cluster, 8), "eight tracks", 150)

    postgres.stop(signal.SIGQUIT)
    until(lambda: "trying again" in log.read_text(), "the worker to notice", 60)
    postgres.start()
    goes_on(cluster)
    postgres.stop(signal.SIGINT)
    postgres.start()

    for command in waiting:
        _, err = command.communicate(timeout=100)
        assert command.returncode == 0, err
        assert "waiting for it" in err
    learns_on(cluster)
    assert run_of(cluster).attempts == 1
    assert (trainer.poll(), worker.poll()) == (None, None)
    cluster.run("jobs", "cancel", str(run_of(cluster).job_id))
    assert not were_interrupted(cluster)
    assert_all_done(cluster, 120)
