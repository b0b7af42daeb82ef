"""A library of which a third is broken. TEST_MANY=10000 takes ten thousand files; daily 900 do."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.acceptance.faults.broken import write_broken_library
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, assert_classified_once, progress_of

MANY = int(os.environ.get("TEST_MANY") or 900)
LONGER_S = 18
"""Seconds of sleep that two processes share: the second half of a short job can be looked at."""
GROWTH = 60_000_000
"""Bytes that a process may grow by in the second half of the job: it has loaded all by then."""


@pytest.mark.timeout(max(600, 120 + MANY / 5))
def test_a_third_of_a_library_is_broken(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    codes = write_broken_library(library, MANY)
    product.run("db", "upgrade")
    longer = slow_storage(tmp_path / "slow", LONGER_S / MANY)
    slowed = product.with_settings(**longer, MUSICAI_CONCURRENCY="2")
    enqueue = slowed.start("enqueue", library, "--json")
    halves: tuple[dict[int, int], dict[int, int]] = ({}, {})
    while enqueue.poll() is None:
        most = halves[progress_of(product) > MANY // 2]
        for pid, size in sizes(enqueue.pid):
            most[pid] = max(size, most.get(pid, 0))
        with suppress(subprocess.TimeoutExpired):
            enqueue.wait(0.5)
    assert enqueue.returncode == 0
    assert_classified_once(product, 1, done=MANY - len(codes), failed=len(codes))
    failed = {row["path"]: row for row in product.json("query", "failed")}
    assert {path: row["error"] for path, row in failed.items()} == codes
    assert all(row["reason"] for row in failed.values())
    assert product.json("jobs", "show", "1")["errors"] == Counter(codes.values())
    grown = {pid: size - halves[0][pid] for pid, size in halves[1].items() if pid in halves[0]}
    assert grown
    assert max(grown.values()) < GROWTH, grown


def sizes(pid: int) -> Iterator[tuple[int, int]]:
    """Yield the processes of a command, and how much memory each has for itself."""
    try:
        command = psutil.Process(pid)
        for process in (command, *command.children(recursive=True)):
            yield process.pid, process.memory_info().rss
    except psutil.NoSuchProcess:
        return
