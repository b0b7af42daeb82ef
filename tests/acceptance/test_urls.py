"""A library in S3 in, a genre catalogue out; the server may go away meanwhile."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs
import soundfile
from sqlalchemy import select

from musicai.catalogue.tables import Job
from tests.acceptance.product import Product, assert_classified_once, settled
from tests.acceptance.synth import RATE, clip, write_library
from tests.services.s3 import S3Server
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def requests() -> Iterator[list[str]]:
    """The requests that the server has answered: method and path of each."""
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("werkzeug")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield seen
    logger.removeHandler(handler)


def fault(product: Product) -> bool:
    with product.look() as session:
        return bool(session.scalars(select(Job.fault).order_by(Job.id.desc())).first())


def genres(product: Product, library: str) -> dict[str, tuple[str, float]]:
    rows = product.json("query", f"library:={library}")
    return {row["path"]: (row["state"], row["confidence"]) for row in rows if row["confidence"]}


def test_an_s3_library_outlives_its_server(
    product: Product, s3: S3Server, requests: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    write_library(folder, 100)
    (folder / "album 00" / "broken.mp3").write_text("this is a text, whatever its name says\n" * 40)
    s3fs.S3FileSystem().put(f"{folder}/", f"{s3.url}/there/", recursive=True)
    product.run("db", "upgrade")
    enqueue = product.start("enqueue", f"{s3.url}/there", "--json")
    until(lambda: settled(product, 5), "five tracks")
    s3.stop()
    until(lambda: fault(product), "a worker to miss the server")
    s3.start()
    out, _ = enqueue.communicate(timeout=PATIENCE_S)
    # where the server was away for too long, the job waits for who mended it
    job = product.json("jobs", "resume", "1") if enqueue.returncode else json.loads(out)
    assert job["errors"] == {"not_audio": 1}
    assert_classified_once(product, job["id"], done=100, failed=1)
    product.json("enqueue", folder / "album 00", "--library", "here")
    here, there = genres(product, "here"), genres(product, "there")
    assert here == {
        path.removeprefix("album 00/"): answer for path, answer in there.items() if path[:8] == "album 00"
    }
    assert len(here) == 20
    shown = product.json("show", f"{s3.url}/there/album 00/0000.flac")
    assert shown["file"] == f"{s3.url}/there/album 00/0000.flac"

    requests.clear()
    again = product.json("enqueue", f"{s3.url}/there")
    assert (again["skipped"], again["done"], again["total"]) == (101, 0, 101)
    assert not [request for request in requests if ".flac" in request.split("?")[0]]

    soundfile.write(folder / "album 01" / "0030.flac", clip(999), RATE)
    changed = f"{s3.url}/there/album 01/0030.flac"
    s3fs.S3FileSystem().put_file(str(folder / "album 01" / "0030.flac"), changed)
    job = product.json("enqueue", f"{s3.url}/there")
    assert (job["skipped"], job["done"], job["total"]) == (100, 1, 101)
