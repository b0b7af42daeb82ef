"""Disks that run full: nothing half-written stays, it is said, and work goes on when there is room."""

from pathlib import Path

from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, assert_classified_once, settled
from tests.acceptance.synth import write_library
from tests.services.small_disk import small_disk
from tests.waiting import PATIENCE_S, until


def test_a_catalogue_without_room_refuses_a_scan_and_takes_it_up_again(
    home: Path, tmp_path: Path, hundreds: Path
) -> None:
    with small_disk(tmp_path / "disk", 8_000_000) as disk:
        product = Product(on(disk.folder, home))
        product.run("db", "upgrade")
        disk.fill()
        refused = product.run("enqueue", hundreds, status=5)
        assert "its disk is full, make room and go on" in refused.stderr
        disk.free()
        job = product.json("enqueue", hundreds)
        assert_classified_once(product, job["id"], done=300)


def test_a_catalogue_that_runs_full_in_the_middle_is_waited_for(
    home: Path, tmp_path: Path, hundreds: Path
) -> None:
    with small_disk(tmp_path / "disk", 8_000_000) as disk:
        product = Product(on(disk.folder, home))
        product.run("db", "upgrade")
        slowed = product.with_settings(**slow_storage(home / "slow", 0.02))
        enqueue = slowed.start("enqueue", hundreds, "--json")
        until(lambda: settled(product, 16), "16 tracks")
        disk.fill()
        log = product.settings.run_folder / "logs" / "worker.log"
        until(lambda: "its disk is full" in log.read_text(), "the worker's complaint")
        disk.free()
        out, err = enqueue.communicate(timeout=PATIENCE_S)
        assert enqueue.returncode == 0, out + err
        assert_classified_once(product, 1, done=300)


def test_a_cache_without_room_costs_no_track_and_is_told_of_once(home: Path, tmp_path: Path) -> None:
    write_library(tmp_path / "Music", 40)
    with small_disk(tmp_path / "disk", 1_000_000) as disk:
        cache = disk.folder / "cache"
        environ = {"MUSICAI_HOME": str(home), "MUSICAI_CACHE": str(cache)}
        product = Product({**environ, "MUSICAI_CONCURRENCY": "1"})
        job = product.json("enqueue", tmp_path / "Music")
        assert_classified_once(product, job["id"], done=40)
        assert [path for path in cache.rglob("*") if path.is_file()] == []
        log = (product.settings.run_folder / "logs" / "worker.log").read_text()
        assert log.count("nothing more is kept: less than 500 MB are free") == 1


def on(disk: Path, home: Path) -> dict[str, str]:
    """Return the settings of a catalogue on a disk of its own."""
    return {"MUSICAI_HOME": str(home), "MUSICAI_DATABASE_URL": f"sqlite:///{disk / 'catalogue.db'}"}
