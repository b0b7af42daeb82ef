"""A bounded folder that many processes share."""

import hashlib
import logging
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from musicai.cache import folder as module
from musicai.cache.folder import SHARDS, CacheFolder


def key(number: int, shard: str = "") -> str:
    return (shard + hashlib.sha256(str(number).encode()).hexdigest())[:64]


@pytest.fixture
def cache(tmp_path: Path) -> CacheFolder:
    """Room for four entries of 1000 bytes in each shard."""
    return CacheFolder(tmp_path / "cache", SHARDS * 4000)


def age(cache: CacheFolder, name: str, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(next(cache.root.glob(f"*/{name[2:]}*")), (moment, moment))


def test_what_was_written_is_read_and_nothing_else(cache: CacheFolder) -> None:
    assert cache.read(key(1)) is None
    assert cache.write(key(1), b"one")
    assert cache.write(key(1), b"two")
    assert cache.read(key(1)) == b"two"
    assert (cache.usage().entries, cache.usage().size) == (1, 3)
    cache.discard(key(1))
    assert cache.read(key(1)) is None


def test_the_least_recently_used_goes_first(cache: CacheFolder) -> None:
    names = [key(number, "ab") for number in range(5)]
    for place, name in enumerate(names[:4]):
        cache.write(name, bytes(1000))
        age(cache, name, 1000 - place)
    assert cache.read(names[0]) is not None  # used just now
    cache.write(names[4], bytes(1000))
    assert [place for place, name in enumerate(names) if cache.read(name) is None] == [1]
    assert cache.usage().size == 4000


def test_a_shard_of_many_entries_is_bounded_and_looked_through_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    listed = module._listed
    monkeypatch.setattr(module, "_listed", lambda shard: looks.append(shard) or listed(shard))
    cache = CacheFolder(tmp_path / "cache", SHARDS * 10_000)
    for number in range(3000):
        cache.write(key(number, "ab"), bytes(10))
    assert 20 < len(looks) < 300  # 96 on average
    assert 5000 < cache.usage().size < 15_000


def test_an_entry_too_large_is_not_kept_and_pushes_nothing_out(cache: CacheFolder) -> None:
    cache.write(key(1, "ab"), bytes(500))
    assert not cache.write(key(2, "ab"), bytes(cache.largest + 1))
    assert cache.usage().entries == 1


def write_many(root: Path, limit: int, first: int) -> None:
    cache = CacheFolder(root, limit)
    for number in range(first, first + 150):
        cache.write(key(number % 200, "ab"), bytes(1000))
        content = cache.read(key(number * 7 % 200, "ab"))
        assert content is None or len(content) == 1000


def test_processes_share_it_and_the_bound_holds(cache: CacheFolder) -> None:
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=write_many, args=(cache.root, cache.limit, first)) for first in (0, 50, 100)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert 0 < cache.usage().size <= 4000
    assert not list(cache.root.rglob("*.part"))


def test_a_full_disk_is_a_warning_and_a_miss(
    cache: CacheFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LEAST_FREE", 1 << 60)
    with caplog.at_level(logging.WARNING):
        assert not any(cache.write(key(number), b"content") for number in range(50))
    assert cache.read(key(1)) is None
    assert len(caplog.records) == 1  # not one for every track
    assert "free" in caplog.text


def test_a_folder_that_cannot_be_written_is_a_warning_and_a_miss(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = CacheFolder(tmp_path / "file", SHARDS * 4000)
    assert not cache.write(key(1), b"content")
    assert cache.read(key(1)) is None
    assert "cannot be written" in caplog.text
    assert cache.usage().entries == 0


def test_what_a_dead_process_left_is_swept_up(cache: CacheFolder) -> None:
    cache.write(key(1, "ab"), b"one")
    fresh, old = (cache.root / "ab" / f"{name}.part" for name in ("fresh", "old"))
    fresh.touch()
    old.touch()
    os.utime(old, (0, 0))
    cache.write(key(2, "ab"), bytes(1000))
    assert fresh.exists()
    assert not old.exists()


def test_clearing_takes_entries_and_nothing_else(cache: CacheFolder) -> None:
    for number in range(20):
        cache.write(key(number), bytes(10))
    cache.root.joinpath("photo.jpg").write_bytes(b"mine")
    next(cache.root.glob("*/")).joinpath("letter.txt").write_text("mine too")
    assert cache.clear().entries == 20
    assert cache.usage().entries == 0
    assert {file.name for file in cache.root.rglob("*") if file.is_file()} == {"photo.jpg", "letter.txt"}


def test_pruning_leaves_the_latest(cache: CacheFolder) -> None:
    for number in range(10):
        cache.write(key(number), bytes(100))
        age(cache, key(number), 1000 - number)
    assert cache.prune(300).entries == 7
    assert [number for number in range(10) if cache.read(key(number)) is not None] == [7, 8, 9]
