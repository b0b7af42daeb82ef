"""Files that ask for all memory there is: they are quarantined, and their neighbours classified."""

import sys
from pathlib import Path

import pytest

from tests.acceptance.product import Product, assert_classified_once, were_interrupted
from tests.acceptance.synth import write_library
from tests.services.memory_cgroup import memory_group
from tests.unit.audio.bombs import cover_bomb, endless_table
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")


def test_a_decoder_that_wants_too_much_memory_gets_none(home: Path, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 12)
    endless_table(library / "table.m4a")
    cover_bomb(library / "cover.mp3")
    product = Product({"MUSICAI_HOME": str(home), "MUSICAI_TRACK_MEMORY": "150MB"})
    job = product.json("enqueue", library)
    assert job["errors"] == {"too_much_memory": 1}
    assert_classified_once(product, job["id"], done=13, failed=1)
    assert not were_interrupted(product)
    (row,) = product.json("query", "failed")
    assert row["path"] == "table.m4a"
    assert "150 MB" in row["reason"]


def test_the_kernel_kills_a_child_for_its_memory(home: Path, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 12)
    endless_table(library / "table.m4a")
    product = Product(
        {
            "MUSICAI_HOME": str(home),
            "MUSICAI_TRACK_MEMORY": "off",
            "MUSICAI_CONCURRENCY": "1",
            # a machine that is short of memory may be slow before it kills: that is no time-out
            "MUSICAI_ITEM_TIMEOUT": "600",
        }
    )
    with memory_group() as group:
        group.limit(900_000_000)
        enqueue = product.start("enqueue", library, "--json")
        group.add(enqueue.pid)
        out, err = enqueue.communicate(timeout=PATIENCE_S)
        assert enqueue.returncode == 0, out + err
        assert group.kills >= 2
    assert_classified_once(product, 1, done=12, failed=1)
    (row,) = product.json("query", "failed")
    assert (row["path"], row["error"]) == ("table.m4a", "crashed")
