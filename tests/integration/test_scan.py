"""The merge of a folder into the catalogue: what is new, changed, moved, gone, and what costs nothing."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from musicai.catalogue import ledger
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Item, Library, Prediction
from musicai.errors import ConfigError, NotFoundError
from musicai.services.preview import preview
from musicai.services.scan import scan
from musicai.services.scan_options import ScanOptions
from musicai.states import ScanState, TrackState
from tests.integration.scanned import Catalogue


@pytest.fixture
def catalogue(engine: Engine) -> Catalogue:
    return Catalogue.of_models(engine, "one", "two")


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "Music"
    for number in range(6):
        write(folder / f"album {number % 2}" / f"{number}.wav", number)
    write(folder / "top.mp3", 100)
    write(folder / "album 0" / "cover.jpg", 5)
    return folder


def write(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0" * size)
    return path


def test_a_first_scan_gives_every_track_to_the_workers(catalogue, music):
    job = catalogue.scan(music)
    assert (job.total, job.skipped, job.pending) == (7, 0, 7)
    assert job.scan_state == ScanState.COMPLETE
    assert job.report["new"] == 7
    assert job.report["ignored"] == {"cover": 1}
    assert catalogue.present() == {
        b"top.mp3", *(b"album %d/%d.wav" % (n % 2, n) for n in range(6))
    }  # fmt: skip


def test_a_second_scan_writes_no_item(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    job = catalogue.scan(music)
    assert (job.total, job.skipped, job.pending) == (7, 7, 0)
    with reading(catalogue.engine) as session:
        assert session.scalars(select(func.count()).where(Item.job_id == job.id)).one() == 0


def test_a_rescan_before_the_work_is_done_asks_for_it_again(catalogue, music):
    catalogue.scan(music)
    assert catalogue.scan(music).pending == 7


def test_another_model_wants_every_track(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    catalogue.model_id = 2
    assert catalogue.scan(music).pending == 7


def test_force_and_whole_ask_again(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    assert catalogue.scan(music, force=True).pending == 7
    catalogue.work()
    assert catalogue.scan(music, whole=True).pending == 7


def test_a_changed_file_is_looked_at_again_even_after_a_cancelled_job(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    write(music / "top.mp3", 77)
    job = catalogue.scan(music)
    assert (job.pending, job.skipped, job.report["changed"]) == (1, 6, 1)
    with transaction(catalogue.engine) as session:
        ledger.cancel(session, job.id)
    assert catalogue.scan(music).pending == 1


def test_a_changed_file_keeps_its_answer_until_there_is_a_new_one(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    write(music / "top.mp3", 77)
    catalogue.scan(music)
    with reading(catalogue.engine) as session:
        assert session.scalars(select(func.count()).select_from(Prediction)).one() == 7


def test_a_moved_file_keeps_its_row(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    before = catalogue.tracks()[b"top.mp3"]
    (music / "new folder").mkdir()
    (music / "top.mp3").rename(music / "new folder" / "renamed.mp3")
    job = catalogue.scan(music)
    assert (job.pending, job.skipped, job.report["moved"], job.report["missing"]) == (0, 7, 1, 0)
    after = catalogue.tracks()
    assert after[b"new folder/renamed.mp3"].id == before.id
    assert b"top.mp3" not in after


def test_a_renamed_folder_keeps_its_rows(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    (music / "album 0").rename(music / "album zero")
    job = catalogue.scan(music)
    assert (job.pending, job.skipped, job.report["moved"], job.report["missing"]) == (0, 7, 3, 0)


def test_a_copy_and_a_hard_link_are_tracks_of_their_own(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    os.link(music / "top.mp3", music / "link.mp3")
    job = catalogue.scan(music)
    assert (job.pending, job.skipped) == (1, 7)
    assert {b"top.mp3", b"link.mp3"} <= catalogue.present()


def test_swapped_names_are_both_looked_at(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    one, two, aside = music / "album 0" / "2.wav", music / "album 1" / "3.wav", music / "aside"
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    assert catalogue.scan(music).report["changed"] == 2


def test_a_deleted_file_is_missing_and_may_come_back(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    stamp = (music / "top.mp3").stat()
    (music / "top.mp3").unlink()
    job = catalogue.scan(music)
    assert (job.total, job.report["missing"]) == (6, 1)
    assert catalogue.tracks()[b"top.mp3"].state == TrackState.MISSING
    assert catalogue.scan(music).report["missing"] == 0
    path = write(music / "top.mp3", 100)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    catalogue.scan(music)
    assert b"top.mp3" in catalogue.present()


def test_a_deleted_folder_makes_its_tracks_missing(catalogue, music):
    catalogue.scan(music)
    for path in (music / "album 1").iterdir():
        path.unlink()
    (music / "album 1").rmdir()
    assert catalogue.scan(music).report["missing"] == 3


def test_scanning_a_part_says_nothing_of_the_rest(catalogue, music):
    catalogue.scan(music)
    (music / "album 1" / "1.wav").unlink()
    (music / "top.mp3").unlink()
    job = catalogue.scan(music / "album 0")
    assert (job.total, job.report["missing"]) == (3, 0)
    job = catalogue.scan(music / "album 1")
    assert (job.total, job.report["missing"]) == (2, 1)


def test_a_single_file_belongs_to_the_library_around_it(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    job = catalogue.scan(music / "top.mp3", force=True)
    assert job.total == 1
    assert len(catalogue.tracks()) == 7


def test_a_single_file_alone_makes_a_library_of_its_folder(catalogue, music):
    assert catalogue.scan(music / "album 0" / "2.wav").total == 1
    assert catalogue.scan(music / "album 0").total == 3
    assert set(catalogue.tracks()) == {b"0.wav", b"2.wav", b"4.wav"}


def test_excluded_files_are_not_missing(catalogue, music):
    catalogue.scan(music)
    job = catalogue.scan(music, exclude=("album 0", "*.mp3"))
    assert (job.total, job.report["missing"], job.report["ignored"]["excluded"]) == (3, 0, 2)


def test_an_empty_root_is_taken_for_an_unmounted_disk(catalogue, music):
    catalogue.scan(music)
    hidden = music.with_name("hidden")
    music.rename(hidden)
    music.mkdir()
    job = catalogue.scan(music)
    assert job.report["missing"] == 0
    assert "mounted" in job.report["warnings"][0]
    assert catalogue.scan(music, force=True).report["missing"] == 7


def test_an_absent_root_is_refused_before_anything_is_missing(catalogue, music):
    job_id = catalogue.enqueue(music)
    catalogue.scan(music)
    music.rename(music.with_name("elsewhere"))
    with pytest.raises(NotFoundError, match="mount it"):
        scan(catalogue.engine, job_id, lambda _: None, lambda: False)
    assert len(catalogue.present()) == 7


def test_a_library_that_moved_keeps_everything(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    music.rename(music.with_name("elsewhere"))
    job = catalogue.scan(music.with_name("elsewhere"), name="Music")
    assert (job.pending, job.skipped) == (0, 7)


def test_another_node_finds_the_library_at_its_mount(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    mount = music.rename(music.with_name("mnt"))
    catalogue.mounts = {"Music": mount}
    job = catalogue.scan(mount)
    assert (job.pending, job.skipped) == (0, 7)


def test_a_library_named_for_another_folder_is_refused(catalogue, music, tmp_path):
    catalogue.scan(music)
    (tmp_path / "other").mkdir()
    with pytest.raises(ConfigError, match="not in it"):
        catalogue.scan(tmp_path / "other", name="Music")
    with pytest.raises(ConfigError, match="belongs to library 'Music'"):
        catalogue.scan(music, name="Other")


def test_a_folder_around_a_library_leaves_its_tracks_to_it(catalogue, music):
    catalogue.scan(music / "album 0")
    catalogue.work()
    job = catalogue.scan(music)
    assert (job.total, job.skipped) == (7, 3)
    assert len(catalogue.tracks()) == 7


def test_overlapping_paths_count_once(catalogue, music):
    job = catalogue.scan(music, music / "album 0", music / "top.mp3")
    assert job.total == 7
    catalogue.work()
    assert catalogue.scan(music, music / "album 0", music).skipped == 7


def test_two_folders_of_one_name_are_two_libraries(catalogue, tmp_path):
    for place in ("a", "b"):
        write(tmp_path / place / "Music" / "x.wav", 1)
        catalogue.scan(tmp_path / place / "Music")
    with reading(catalogue.engine) as session:
        assert sorted(session.scalars(select(Library.name))) == ["Music", "Music-2"]


def test_a_bad_file_is_not_looked_at_again_until_it_changes(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    write(music / "bad.mp3", 9)
    catalogue.scan(music)
    catalogue.fail(b"bad.mp3", "corrupt")
    job = catalogue.scan(music)
    assert (job.pending, job.skipped, job.report["failed_before"]) == (0, 8, 1)
    write(music / "bad.mp3", 10)
    assert catalogue.scan(music).pending == 1
    assert catalogue.tracks()[b"bad.mp3"].error_code is None


def test_a_fault_of_the_moment_is_looked_at_again(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    write(music / "locked.mp3", 9)
    catalogue.scan(music)
    catalogue.fail(b"locked.mp3", "permission")
    assert catalogue.scan(music).skipped == 7


NAMES = (
    b"caf\xe9.mp3",
    b"new\nline.mp3",
    b"x" * 251 + b".mp3",
    b"caf\xc3\xa9.mp3",
    b"%s' \\.mp3",
    b"\xff\xfe/\xe9.wav",
)


def test_any_name_is_kept_by_its_bytes(catalogue, tmp_path):
    folder = tmp_path / os.fsdecode(b"M\xfcsik = a;b")
    for name in NAMES:
        write(folder / os.fsdecode(name), len(name))
    assert catalogue.scan(folder).total == len(NAMES)
    assert set(catalogue.tracks()) == set(NAMES)
    catalogue.work()
    assert catalogue.scan(folder / os.fsdecode(b"\xff\xfe")).skipped == 1
    (folder / os.fsdecode(NAMES[-1])).unlink()
    job = catalogue.scan(folder, exclude=(os.fsdecode(b"caf\xe9*"),))
    assert (job.skipped, job.report["missing"]) == (4, 1)


def test_a_scan_that_starts_over_counts_nothing_twice(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    for number in range(200):
        write(music / "more" / f"{number}.wav", number)
    job_id = catalogue.enqueue(music)
    stops = iter((False, True))
    scan(catalogue.engine, job_id, lambda _: None, lambda: next(stops))
    assert catalogue.job(job_id).scan_state == ScanState.OPEN
    catalogue.work()
    with transaction(catalogue.engine) as session:
        ledger.restart_scan(session, job_id)
    scan(catalogue.engine, job_id, lambda _: None, lambda: False)
    catalogue.work()
    job = catalogue.job(job_id)
    assert (job.total, job.done, job.skipped) == (207, 200, 7)


def test_a_scan_that_somebody_else_started_over_stops(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    for number in range(200):
        write(music / "more" / f"{number}.wav", number)
    job_id = catalogue.enqueue(music)

    def take_over(_: object) -> None:
        with transaction(catalogue.engine) as session:
            ledger.restart_scan(session, job_id)

    scan(catalogue.engine, job_id, take_over, lambda: False)
    assert catalogue.job(job_id).scan_state == ScanState.OPEN
    scan(catalogue.engine, job_id, lambda _: None, lambda: False)
    catalogue.work()
    job = catalogue.job(job_id)
    assert (job.scan_state, job.total, job.done, job.skipped) == (ScanState.COMPLETE, 207, 200, 7)


def test_a_time_beyond_any_calendar_stops_no_scan(catalogue, music):
    odd = write(music / "odd.wav", 1)
    os.utime(odd, ns=(0, 2**63))
    assert catalogue.scan(music).pending == 8
    catalogue.work()
    assert catalogue.scan(music).skipped == 8


def test_a_cancelled_job_gets_no_more_items(catalogue, music):
    job_id = catalogue.enqueue(music)
    with transaction(catalogue.engine) as session:
        ledger.cancel(session, job_id)
    scan(catalogue.engine, job_id, lambda _: None, lambda: False)
    assert catalogue.job(job_id).total == 0


def test_two_scans_of_one_new_folder_at_once(catalogue, music):
    for number in range(3000):
        write(music / f"many {number % 7}" / f"{number}.wav", 0)
    with ThreadPoolExecutor(2) as pool:
        jobs = list(pool.map(lambda _: catalogue.scan(music), range(2)))
    assert [job.total for job in jobs] == [3007, 3007]
    assert len(catalogue.tracks()) == 3007
    with reading(catalogue.engine) as session:
        assert session.scalars(select(func.count()).select_from(Library)).one() == 1


def test_a_flat_folder_of_many_batches(catalogue, tmp_path):
    for number in range(2500):
        write(tmp_path / "flat" / f"{number}.wav", 0)
    assert catalogue.scan(tmp_path / "flat").total == 2500
    catalogue.work()
    for number in range(0, 2500, 50):
        (tmp_path / "flat" / f"{number}.wav").unlink()
    job = catalogue.scan(tmp_path / "flat")
    assert (job.skipped, job.report["missing"]) == (2450, 50)


def test_progress_is_told_after_each_commit(catalogue, music):
    job_id, seen = catalogue.enqueue(music), []
    scan(catalogue.engine, job_id, seen.append, lambda: False)
    assert (seen[-1].found, seen[-1].items, seen[-1].ignored, seen[-1].library) == (7, 7, 1, "Music")


def test_a_preview_counts_and_writes_nothing(catalogue, music):
    def look(**options: object):
        return preview(catalogue.engine, [os.fsencode(music)], ScanOptions((), **options), 1)

    assert (look().new, look().items, look().ignored["cover"]) == (7, 7, 1)
    with reading(catalogue.engine) as session:
        assert session.scalars(select(func.count()).select_from(Library)).one() == 0
    catalogue.scan(music)
    catalogue.work()
    (music / "top.mp3").rename(music / "other.mp3")
    (music / "album 0" / "0.wav").unlink()
    write(music / "album 0" / "2.wav", 50)
    write(music / "new.wav", 3)
    seen = look()
    assert (seen.new, seen.changed, seen.moved, seen.missing) == (1, 1, 1, 1)
    assert (seen.skipped, seen.items) == (5, 2)
    assert look(force=True).items == 7
    job = catalogue.scan(music)
    assert (job.pending, job.skipped, job.report["missing"]) == (2, 5, 1)


def test_a_library_is_also_meant_by_its_name(catalogue, music):
    catalogue.scan(music)
    catalogue.work()
    assert catalogue.scan(Path("Music")).skipped == 7
    with pytest.raises(NotFoundError, match="'Musik' cannot be read"):
        catalogue.scan(Path("Musik"))
