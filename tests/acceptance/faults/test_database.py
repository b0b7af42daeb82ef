"""PostgreSQL is restarted in the middle of everything."""

import signal
import subprocess
from pathlib import Path

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.progress import goes_on, learns_on, run_of
from tests.acceptance.product import Product, settled, were_interrupted
from tests.services.postgres import PostgresServer
from tests.waiting import PATIENCE_S, until


def test_postgresql_is_restarted_under_workers_trainers_and_commands(
    cluster: Product,
    postgres: PostgresServer,
    dozens: Path,
    slow: dict[str, str],
    slow_run: dict[str, str],
    lessons: list[str],
) -> None:
    cluster.run("train", *lessons)
    trainer = cluster.with_settings(**slow_run).start("trainer")
    learns_on(cluster)
    job = cluster.json("enqueue", dozens)
    worker, *waiting = started = [
        _logged(cluster.with_settings(**slow), "worker"),
        _logged(cluster, "jobs", "watch", str(job["id"]), "--json"),
        _logged(cluster, "jobs", "resume", "--wait", str(job["id"]), "--json"),
    ]
    until(lambda: settled(cluster, 8), "eight tracks")

    postgres.stop(signal.SIGQUIT)
    until(lambda: all(_notices(cluster, process) for process in started), "everybody to notice")
    postgres.start()
    goes_on(cluster)
    postgres.stop(signal.SIGINT)
    postgres.start()

    for command in waiting:
        command.communicate(timeout=PATIENCE_S)
        assert command.returncode == 0, _log(cluster, command).read_text()
    learns_on(cluster)
    assert run_of(cluster).attempts == 1
    assert (trainer.poll(), worker.poll()) == (None, None)
    cluster.run("jobs", "cancel", str(run_of(cluster).job_id))
    assert not were_interrupted(cluster)
    assert_all_done(cluster, 120)


def _logged(product: Product, *command: str) -> subprocess.Popen[str]:
    """Start a command that says what it has to say in a file."""
    file = product.settings.home / "starting.log"
    with file.open("w") as stderr:
        process = product.start(*command, stderr=stderr)
    file.rename(_log(product, process))
    return process


def _log(product: Product, process: subprocess.Popen[str]) -> Path:
    return product.settings.home / f"{process.pid}.log"


def _notices(product: Product, process: subprocess.Popen[str]) -> bool:
    said = _log(product, process).read_text()
    return "trying again" in said or "waiting for it" in said
