"""Schedules that read folders again: by workers, once, whatever dies, and for years."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, update

from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Job
from musicai.config import Settings
from musicai.services import jobs
from musicai.services.housekeeping import Housekeeping
from musicai.services.job_list import latest
from musicai.services.jobs import JobView
from musicai.services.query import stream_rows
from musicai.services.schedules import steering, views
from musicai.services.show import show_track
from musicai.services.stats import collect_statistics
from tests.acceptance.product import Product, assert_classified_once
from tests.acceptance.synth import write_library
from tests.services.redis import redis_server
from tests.waiting import until

_SLOW_DISK = """
import itertools, os, time
scandir, albums = os.scandir, itertools.count(1)
def slowly(path="."):
    if b"album" in os.fsencode(path):
        # two take long enough to be written down without the third, which stays away till the kill
        time.sleep(0.7 if next(albums) <= 2 else 600)
    return scandir(path)
os.scandir = slowly
"""


@pytest.fixture
def cluster(home: Path, tmp_path: Path, postgres_url: str) -> Iterator[Product]:
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


def slow(cluster: Product, folder: Path) -> Product:
    """Return a node whose disk takes its time over two albums, and does not come to a third."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SLOW_DISK)
    # with limits so long that only the death itself can free what the dead had in hand
    limits = {"MUSICAI_LEASE": "600", "MUSICAI_ITEM_TIMEOUT": "600"}
    environ = {**cluster.environ, **limits, "PYTHONPATH": str(folder)}
    return Product(environ, cluster.processes)


def job_of(engine: Engine, name: str) -> JobView:
    """Return the job that a schedule began last, when it has ended."""

    def ended() -> JobView | None:
        [firing] = views.read(engine, name, 1)[1]
        view = None if firing.job_id is None else jobs.read(engine, firing.job_id)
        return view if view is not None and view.has_ended else None

    found: JobView = until(ended, f"the end of {name}")
    return found


def answers(engine: Engine, settings: Settings, track: Path) -> list[Any]:
    """Return what a person may ask of the catalogue."""
    with reading(engine) as session:
        return [
            [row.to_json() for row in stream_rows(session, settings, "library:Music")],
            [row.to_json() for row in stream_rows(session, settings, "failed")],
            show_track(session, settings, str(track)).to_json(),
            collect_statistics(session, settings).to_json(),
            [view.to_json() for view in latest(engine, 20)],
        ]


def kill(process: "psutil.Process") -> None:
    for each in [*process.children(recursive=True), process]:
        each.kill()


def is_half_read(engine: Engine) -> bool:
    with reading(engine) as session:
        job = session.get(Job, 1)
        return job is not None and job.state == "scanning" and job.total > 0


def test_a_library_is_read_again_for_years(cluster: Product, tmp_path: Path) -> None:
    library, engine, settings = tmp_path / "Music", cluster.engine(), cluster.settings
    paths = write_library(library, 60)
    cluster.run("db", "upgrade")
    cluster.run("schedule", "add", "rescan", library, "--name", "nightly", "--cron", "0 3 * * *")

    # a worker dies in the middle: the next one starts over
    worker = slow(cluster, tmp_path / "slow").start("worker")
    cluster.run("schedule", "run-now", "nightly")
    until(lambda: is_half_read(engine), "half a scan")
    kill(psutil.Process(worker.pid))
    house = Housekeeping(engine, settings, jobs.open_dispatcher(settings))
    until(lambda: house.run().released, "the dead to be found")
    assert is_half_read(engine)
    cluster.start("worker")
    first = job_of(engine, "nightly")
    assert (first.schedule, first.total, first.done) == ("nightly", 60, 60)
    assert_classified_once(cluster, 1, done=60)

    # two schedules read the same library at once
    cluster.run("schedule", "add", "rescan", "Music", "--name", "weekly", "--every", "7d")
    others = write_library(tmp_path / "others", 62)[60:]
    others[0].rename(library / "new.flac")
    others[1].replace(paths[0])
    paths[1].unlink()
    (library / "broken.mp3").write_text("no music at all\n" * 40)
    for name in ("nightly", "weekly"):
        steering.run_now(engine, house.dispatcher, name)
    found = [job_of(engine, name) for name in ("nightly", "weekly")]
    for job in found:
        assert (job.total, job.pending, job.fault) == (61, 0, None)
        assert job.done + job.failed + job.skipped == 61
    assert sum(job.report["missing"] for job in found) == 1
    assert "asked for by schedule 'weekly'" in cluster.run("jobs", "show", str(found[1].id)).stdout

    # a year later
    with transaction(engine) as session:
        long_ago = now() - timedelta(days=400)
        session.execute(update(Job).values(created_at=long_ago, ended_at=long_ago))
    before = answers(engine, settings, paths[0])
    assert cluster.json("db", "tidy")["items"] >= 62
    assert answers(engine, settings, paths[0]) == before
    steering.run_now(engine, house.dispatcher, "nightly")
    assert job_of(engine, "nightly").skipped == 61
    engine.dispose()
