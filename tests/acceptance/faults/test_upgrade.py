"""The catalogue is upgraded while older processes work on it: they give back, say why, and stay down."""

import subprocess
from pathlib import Path

from sqlalchemy import text

from musicai.catalogue import migrate
from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.newer_schema import REVISION, upgrade_further
from tests.acceptance.faults.progress import learns_on, run_of
from tests.acceptance.product import Product, settled, were_interrupted
from tests.waiting import PATIENCE_S, until

OUTDATED = 6
WHY = f"schema {REVISION}, newer than this musicai knows ({migrate.head()}): update musicai"


def pretend_to_be_newer(product: Product) -> None:
    """Let the code under test take the upgraded catalogue for its own: the column more is nobody's."""
    engine = product.engine()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": migrate.head()})
    engine.dispose()


def assert_ended_outdated(process: subprocess.Popen[str]) -> None:
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == OUTDATED, err
    assert WHY in err


def test_old_workers_trainers_and_commands_stop(
    cluster: Product,
    dozens: Path,
    slow: dict[str, str],
    slow_run: dict[str, str],
    lessons: list[str],
    tmp_path: Path,
) -> None:
    cluster.run("train", *lessons)
    job = cluster.json("enqueue", dozens)
    old = [cluster.with_settings(**slow_run).start("trainer"), cluster.start("scheduler")]
    learns_on(cluster)
    old += [
        cluster.with_settings(**slow).start("worker"),
        cluster.start("jobs", "watch", str(job["id"])),
        cluster.start("jobs", "resume", "--wait", str(job["id"])),
    ]
    until(lambda: settled(cluster, 8), "eight tracks")
    upgrade_further(cluster, tmp_path)
    for process in old:
        assert_ended_outdated(process)
    assert WHY in cluster.run("enqueue", dozens, status=OUTDATED).stderr
    assert WHY in cluster.run("worker", status=OUTDATED).stderr

    pretend_to_be_newer(cluster)
    assert not were_interrupted(cluster)
    run = run_of(cluster)
    assert (run.state, run.holder) == ("waiting", None)
    cluster.run("jobs", "cancel", str(run.job_id))
    cluster.start("worker")
    cluster.run("jobs", "resume", "--wait", str(job["id"]))
    assert_all_done(cluster, 120)


def test_everything_on_one_machine_stops(
    product: Product, dozens: Path, slow: dict[str, str], tmp_path: Path
) -> None:
    product.run("db", "upgrade")
    slowed = product.with_settings(**slow)  # both: who comes first runs the worker
    up = slowed.start("up", "--no-flower", "--concurrency", "1")
    enqueue = slowed.start("enqueue", dozens, "--json")
    until(lambda: settled(product, 8), "eight tracks")
    upgrade_further(product, tmp_path)
    assert_ended_outdated(enqueue)
    assert_ended_outdated(up)
    pretend_to_be_newer(product)
    product.run("jobs", "resume", "1")
    assert not were_interrupted(product)
    assert_all_done(product, 120)
