"""Redis and PostgreSQL configured: `enqueue` only enqueues, workers run anywhere."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from musicai.catalogue.tables import Item
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, assert_classified_once, settled, were_interrupted
from tests.acceptance.synth import write_library
from tests.services.redis import PASSWORD, redis_server
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def cluster(home: Path, tmp_path: Path, postgres_url: str) -> Iterator[Product]:
    """MusicAI on a password-protected Redis and on PostgreSQL, with no worker yet."""
    with redis_server(tmp_path) as broker_url:
        product = Product(
            {
                "MUSICAI_HOME": str(home),
                "MUSICAI_BROKER_URL": broker_url,
                "MUSICAI_DATABASE_URL": postgres_url,
                "MUSICAI_CONCURRENCY": "1",
            }
        )
        yield product
        product.stop()


def node(cluster: Product, **settings: str) -> Product:
    """Return another machine of the cluster: the same servers, settings of its own."""
    return Product({**cluster.environ, **settings}, cluster.processes)


def test_workers_anywhere(cluster: Product, tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "Music", tmp_path / "there" / "audio"
    write_library(here, 40)
    shutil.copytree(here, there)
    assert "schema" in cluster.run("db", "upgrade").stdout

    queued = cluster.json("enqueue", here)
    assert queued["state"] == "running"
    assert (queued["total"], queued["pending"]) == (40, 40)

    node(cluster).start("worker")
    # the second node finds the library elsewhere, and only there
    node(cluster, MUSICAI_MOUNTS=f"Music={there}").start("worker")
    watched = cluster.json("jobs", "watch", str(queued["id"]))
    assert watched["state"] == "done"
    assert_classified_once(cluster, queued["id"], done=40)
    assert PASSWORD not in cluster.run("doctor", status=None).stdout


def test_an_urgent_job_goes_before_one_that_waits(cluster: Product, tmp_path: Path) -> None:
    low, urgent = tmp_path / "Low", tmp_path / "Urgent"
    write_library(low, 40)
    write_library(urgent, 5)
    cluster.run("db", "upgrade")
    first = cluster.json("enqueue", low, "--priority", "low")
    second = cluster.json("enqueue", urgent, "--priority", "high")
    cluster.start("worker")
    cluster.run("jobs", "watch", str(first["id"]))
    with cluster.look() as session:
        when = {
            job_id: session.scalars(select(Item.updated_at).where(Item.job_id == job_id)).all()
            for job_id in (first["id"], second["id"])
        }
    assert max(when[second["id"]]) < min(when[first["id"]])


def test_a_library_that_is_not_mounted_is_no_quarantine(cluster: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 8)
    cluster.run("db", "upgrade")
    job = cluster.json("enqueue", library)
    astray = node(cluster, MUSICAI_MOUNTS=f"Music={tmp_path / 'nowhere'}")
    worker = astray.start("worker")
    fault = until(lambda: cluster.json("jobs", "show", str(job["id"]))["fault"], "a fault")
    assert "MUSICAI_MOUNTS" in fault
    worker.terminate()
    worker.communicate(timeout=PATIENCE_S)
    node(cluster).start("worker")
    assert cluster.json("jobs", "watch", str(job["id"]))["failed"] == 0
    assert_classified_once(cluster, job["id"], done=8)


@contextmanager
def nobody_gets_in(database_url: str) -> Iterator[None]:
    """Cut every connection to a database and refuse new ones, as a server that restarts does."""
    url = make_url(database_url)
    server = psycopg.connect(host=url.query["host"], user=url.username, dbname="postgres", autocommit=True)
    with server as admin:
        admin.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(cut, [url.database])
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")


def test_a_database_that_goes_away_and_comes_back(cluster: Product, hundreds: Path, home: Path) -> None:
    cluster.run("db", "upgrade")
    job = cluster.json("enqueue", hundreds)
    log = (home / "worker.log").open("w+")
    # slow, so that the job is not over before its database goes away
    worker = node(cluster, **slow_storage(home / "slow", 0.02)).start("worker", stderr=log)
    until(lambda: settled(cluster, 10), "ten tracks")
    with nobody_gets_in(cluster.environ["MUSICAI_DATABASE_URL"]):
        # what it computed stays in its memory while it tries again
        until(lambda: "trying again" in (home / "worker.log").read_text(), "the worker to notice")
    assert cluster.json("jobs", "watch", str(job["id"]))["state"] == "done"
    assert_classified_once(cluster, job["id"], done=300)
    assert not were_interrupted(cluster)
    assert worker.poll() is None
    log.close()
