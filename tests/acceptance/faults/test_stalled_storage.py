"""A network disk that stops answering in the middle of a file."""

from pathlib import Path

import psutil

from tests.acceptance.product import Product, assert_classified_once
from tests.acceptance.synth import write_library
from tests.services.stalling import stalling

ITEM_TIMEOUT = "8"
"""Seconds: no healthy track takes so long, even where the machine pauses for some."""


def test_a_file_that_stalls_is_quarantined_alone(home: Path, tmp_path: Path) -> None:
    library, place = tmp_path / "Music", tmp_path / "mounted"
    paths = write_library(library, 12)
    paths[3].rename(library / "stalled.flac")
    product = Product(
        {"MUSICAI_HOME": str(home), "MUSICAI_ITEM_TIMEOUT": ITEM_TIMEOUT, "MUSICAI_CONCURRENCY": "2"}
    )
    with stalling(library, place) as stalls:
        job = product.json("enqueue", place)
        assert job["errors"] == {"timed_out": 1}
        assert_classified_once(product, job["id"], done=11, failed=1)
        stalls.unlink()
        assert product.json("jobs", "retry", str(job["id"]))["done"] == 12


def test_a_scan_that_stalls_ends_and_goes_on_when_the_storage_does(home: Path, tmp_path: Path) -> None:
    library, place = tmp_path / "Music", tmp_path / "mounted"
    write_library(library, 4)
    (library / "stalled").write_bytes(b"no extension: only its content can tell")
    product = Product({"MUSICAI_HOME": str(home), "MUSICAI_ITEM_TIMEOUT": ITEM_TIMEOUT})
    with stalling(library, place) as stalls:
        refused = product.run("enqueue", place, status=5)
        assert f"the storage does not answer, in the folder '{place}'" in refused.stderr
        assert not psutil.pid_exists(product.processes[-1].pid)
        (job,) = product.json("jobs", "list")
        assert job["state"] == "paused"
        stalls.unlink()
        assert product.json("jobs", "resume", str(job["id"]))["done"] == 4
