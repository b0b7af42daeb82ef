"""Scans by workers: who finds the folders reads them, and an absent disk takes no track away."""

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from musicai import names
from musicai.broker import PrivateBroker, broker_url
from musicai.catalogue import ledger, scans
from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Library
from musicai.cli.schedule_table import account
from musicai.config import Settings
from musicai.dispatch import Dispatcher, open_client
from musicai.errors import ConfigError, NodeFaultError
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.enqueue import Request
from musicai.services.job_list import Choice, latest
from musicai.services.run import JobRun
from musicai.services.scan_work import ScanWork
from musicai.services.schedules import steering, views
from musicai.services.schedules.adding import NewSchedule, add
from musicai.services.schedules.rescan import rescan_options, start_rescan
from musicai.services.schedules.timetable import Timetable
from musicai.states import JobState, ScanState, ScheduleKind
from tests.integration.scanned import Catalogue

US = ProcessIdentity.of(os.getpid())


@pytest.fixture
def catalogue(engine: Engine) -> Catalogue:
    return Catalogue.of_models(engine, "one")


@pytest.fixture
def music(catalogue: Catalogue, tmp_path: Path) -> Path:
    """A library of six tracks that were classified."""
    for number in range(6):
        write(tmp_path / "Music" / f"album {number % 2}" / f"{number}.wav", number)
    catalogue.scan(tmp_path / "Music")
    catalogue.work()
    return tmp_path / "Music"


def write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0" * size)


@pytest.fixture
def work(catalogue: Catalogue, settings: Settings, broker: PrivateBroker) -> ScanWork:
    dispatcher = Dispatcher(open_client(settings), settings.window)
    return ScanWork(catalogue.engine, settings, US, dispatcher, lambda: False)


class Silent:
    """Shows nothing to nobody."""

    def scanned(self, *_: object) -> None: ...

    def viewed(self, *_: object) -> None: ...

    def happened(self, *_: object) -> None: ...


def elsewhere(work: ScanWork, **changes: object) -> ScanWork:
    """Return the same work on another machine."""
    there = replace(US, host="elsewhere")
    return replace(work, holder=there, settings=replace(work.settings, **changes))


def offer(catalogue: Catalogue, *paths: Path) -> int:
    job_id = catalogue.enqueue(*paths)
    with transaction(catalogue.engine) as session:
        scans.offer(session, job_id)
    return job_id


def test_what_is_new_changed_or_gone_is_found_and_workers_are_woken(catalogue, music, work):
    write(music / "album 1" / "new.wav", 50)
    write(music / "album 0" / "0.wav", 51)
    (music / "album 1" / "1.wav").unlink()
    job_id = offer(catalogue, music)
    assert work.run() == job_id
    assert work.run() is None
    job = catalogue.job(job_id)
    assert (job.state, job.scan_state, job.pending, job.skipped) == ("running", ScanState.COMPLETE, 2, 4)
    found = {name: job.report[name] for name in ("new", "changed", "missing")}
    assert found == {"new": 1, "changed": 1, "missing": 1}
    assert work.dispatcher.waiting(names.CLASSIFY_QUEUE) == 1


def test_a_node_without_the_disk_leaves_the_scan_to_one_that_has_it(catalogue, music, work):
    mount = music.rename(music.with_name("mnt"))
    music.mkdir()  # a mount point without its disk
    job_id = offer(catalogue, music)
    for _ in range(2):
        with pytest.raises(NodeFaultError, match="'Music' is not at"):
            work.run()
    job = catalogue.job(job_id)
    assert job.state == JobState.SCANNING
    assert job.fault.startswith(f"{US.host}: library 'Music' is not at {music}")
    assert elsewhere(work, mounts={"Music": mount}).run() == job_id
    job = catalogue.job(job_id)
    assert (job.state, job.skipped, job.fault, job.report["missing"]) == ("done", 6, None, 0)


def during(work: ScanWork, action: Callable[[], None]) -> ScanWork:
    """Return the same work, with something that happens after its first batch."""
    looks = itertools.count()

    def act() -> bool:
        if next(looks) == 1:
            action()
        return False

    return replace(work, stopping=act)


def test_a_disk_that_is_taken_away_in_the_middle_marks_nothing_missing(catalogue, music, work):
    for number in range(350):
        write(music / f"album {number % 5}" / f"more {number}.wav", number)
    catalogue.scan(music)

    def lose() -> None:
        shutil.rmtree(music)
        music.mkdir()

    job_id = offer(catalogue, music)
    with pytest.raises(NodeFaultError, match="'Music' is not at"):
        during(work, lose).run()
    assert len(catalogue.present()) == 356
    assert catalogue.job(job_id).scan_state == ScanState.OPEN


def test_a_folder_that_was_deleted_since_takes_its_tracks_along(catalogue, music, work):
    job_id = offer(catalogue, music / "album 1")
    shutil.rmtree(music / "album 1")
    assert work.run() == job_id
    job = catalogue.job(job_id)
    assert (job.state, job.total, job.report["missing"]) == (JobState.DONE, 0, 3)
    assert "'album 1' of library 'Music' is gone" in job.report["warnings"]


def test_one_process_of_a_machine_reads_at_a_time(catalogue, music, work):
    first, second = offer(catalogue, music), offer(catalogue, music / "album 0")
    other = replace(work, holder=replace(US, pid=US.pid + 1))

    def look() -> None:
        with pytest.raises(NodeFaultError, match="reads the folders of another job already"):
            other.run()
        assert elsewhere(work).run() == second

    assert during(work, look).run() == first
    for job_id in (first, second):
        assert catalogue.job(job_id).state == JobState.DONE


def test_who_resumes_the_job_of_a_schedule_calls_the_workers(catalogue, music, work, settings):
    job_id = offer(catalogue, music)
    with transaction(catalogue.engine) as session:
        job = ledger.get_job(session, job_id)
        job.options = {**job.options, "schedule": "nightly"}
        ledger.pause(session, job_id)
    jobs.resume(catalogue.engine, job_id)
    configured = replace(settings, broker_url=broker_url(settings))
    view = JobRun(catalogue.engine, configured, Silent(), wait=False).carry(job_id)
    assert (view.schedule, view.scan, view.state) == ("nightly", "open", "scanning")
    assert work.dispatcher.waiting(names.CONTROL_QUEUE) == 1


def test_the_only_process_of_a_worker_does_other_things_between_batches(
    catalogue, music, work, monkeypatch
):
    monkeypatch.setattr("musicai.services.scan_work._TURN_S", 0)
    write(music / "album 1" / "new.wav", 50)
    job_id = offer(catalogue, music)
    assert replace(work, meanwhile=catalogue.work).run() == job_id
    job = catalogue.job(job_id)
    assert (job.state, job.done, job.skipped) == (JobState.DONE, 1, 6)


def test_a_worker_that_ends_gives_the_scan_to_the_next(catalogue, music, work):
    job_id = offer(catalogue, music)
    assert replace(work, stopping=lambda: True).run() == job_id
    job = catalogue.job(job_id)
    assert (job.scan_state, job.fault) == (ScanState.OPEN, None)
    work.call_next()
    assert work.dispatcher.waiting(names.CONTROL_QUEUE) == 1
    assert work.run() == job_id
    assert catalogue.job(job_id).state == JobState.DONE


def test_rescans_that_find_nothing_new_leave_one_job(catalogue, music, work, settings):
    asked = Request((bytes(music),))
    new = NewSchedule(ScheduleKind.RESCAN, "often", Timetable(every_s=60.0))
    add(catalogue.engine, new, rescan_options(catalogue.engine, settings, asked))

    def fire() -> int:
        view, _ = steering.run_now(catalogue.engine, work.dispatcher, "often")
        job_id = start_rescan(catalogue.engine, settings, view.id)
        assert work.run() == job_id
        return job_id

    def listed() -> list[int]:
        return [view.id for view in latest(catalogue.engine, 9, Choice(schedule="often"))]

    first = fire()
    catalogue.model_id = catalogue.job(first).model_id
    catalogue.work()
    with transaction(catalogue.engine) as session:
        ledger.close_if_finished(session, first)
    idle = [fire() for _ in range(3)]
    assert listed() == [idle[-1], first]
    (music / "album 0" / "0.wav").unlink()
    gone, last = fire(), fire()
    assert listed() == [last, gone, first]
    said = [account(firing) for firing in views.read(catalogue.engine, "often", 9)[1]]
    still, lost = "5 tracks: nothing new", "5 tracks: 1 missing, 5 need no work"
    assert said[:2] == [still, lost]
    assert said[2:5] == ["6 tracks: nothing new"] * 3
    assert last == max(idle) + 2
    with transaction(catalogue.engine) as session:
        job = ledger.get_job(session, last)
        job.report = {**job.report, "unreadable": {"count": 1, "first": []}}
    readable = fire()
    with transaction(catalogue.engine) as session:
        scans.offer(session, readable)  # as a command that comes when the scan has just ended
    assert listed() == [readable, last, gone, first]
    assert fire() != readable
    assert listed()[1:] == [last, gone, first]


def test_a_scan_that_always_fails_unforeseen_waits_for_a_person_in_the_end(catalogue, music, work):
    def fail() -> bool:
        raise KeyError("unforeseen redis://:sesame@host/0\nline two")

    job_id = offer(catalogue, music)
    for _ in range(scans.DEATHS):
        with pytest.raises(KeyError):
            replace(work, stopping=fail).run()
        assert catalogue.job(job_id).fault.startswith(
            "internal error: KeyError: 'unforeseen redis://:***@host/0"
        )
    assert f"`musicai jobs resume {job_id}`" in catalogue.job(job_id).fault
    assert work.run() is None
    jobs.resume(catalogue.engine, job_id)
    assert work.run() == job_id
    assert (catalogue.job(job_id).state, catalogue.job(job_id).fault) == (JobState.DONE, None)


def test_a_scan_that_cannot_be_done_waits_for_a_person_at_once(catalogue, music, work):
    job_id = offer(catalogue, music)
    with transaction(catalogue.engine) as session:
        session.scalars(select(Library)).one().root = "gopher://music"
    with pytest.raises(ConfigError, match="gopher"):
        work.run()
    job = catalogue.job(job_id)
    assert "gopher" in job.fault
    assert f"`musicai jobs resume {job_id}` tries again" in job.fault
    assert work.run() is None
