"""Scans: one process at a time reads the folders of a job, and a dead one is found out."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from musicai.catalogue import ledger, scans
from musicai.catalogue.heartbeat import Standing
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Job, Scan
from musicai.process import ProcessIdentity
from tests.unit.catalogue.conftest import new_job

__all__ = ["new_job"]
US = ProcessIdentity.of(os.getpid())
THEM = replace(US, host="elsewhere")
DEAD = replace(US, started=US.started - 1000)
NewJob = Callable[..., int]


@pytest.fixture
def job(engine: Engine, new_job: NewJob) -> int:
    """A job of three tracks whose folders are not read to their end."""
    job_id = new_job(3, scanned=False)
    with transaction(engine) as session:
        ledger.add_skipped(session, job_id, 5)
        scans.offer(session, job_id)
    return job_id


def claim(engine: Engine, holder: ProcessIdentity = US, only: int | None = None) -> int | None:
    with transaction(engine) as session:
        return scans.claim(session, holder, 60, only=only)


def scan_of(engine: Engine, job: int) -> Scan | None:
    with reading(engine) as session:
        return session.get(Scan, job)


def release_dead(engine: Engine) -> int:
    with transaction(engine) as session:
        return scans.release_dead(session)


def test_one_process_reads_and_whoever_takes_over_counts_anew(engine: Engine, job: int) -> None:
    assert claim(engine) == job
    assert claim(engine, THEM) is None
    assert claim(engine, THEM, only=job) is None
    with reading(engine) as session:
        counted = ledger.get_job(session, job)
        assert (counted.total, counted.skipped, counted.pending) == (3, 0, 3)
    with transaction(engine) as session:
        assert scans.renew(session, job, US, 60) is Standing.OURS
        assert scans.renew(session, job, THEM, 60) is Standing.LOST
        assert scans.is_busy(session, US.host)
        assert not scans.is_busy(session, THEM.host)
        scans.release(session, job, THEM, "not theirs to give back")
        scans.release(session, job, US, "no disk")
        assert ledger.get_job(session, job).fault == "no disk"
    assert claim(engine, THEM) == job
    with reading(engine) as session:
        assert ledger.get_job(session, job).fault is None


def test_the_scan_of_a_dead_process_waits_again_until_too_many_died(engine: Engine, job: int) -> None:
    for death in range(1, scans.DEATHS + 1):
        assert claim(engine, DEAD) == job
        assert release_dead(engine) == 1
        scan = scan_of(engine, job)
        assert scan is not None
        assert (scan.holder, scan.deaths) == (None, death)
    assert claim(engine) is None
    with transaction(engine) as session:
        assert "5 processes died" in (ledger.get_job(session, job).fault or "")
        scans.forgive(session, job)
    assert claim(engine) == job


def test_a_lease_that_ran_out_is_anybodys(engine: Engine, job: int) -> None:
    assert claim(engine, THEM) == job
    with transaction(engine) as session:
        session.execute(update(Scan).values(lease_until=now() - timedelta(seconds=1)))
    assert claim(engine) == job
    assert release_dead(engine) == 0


def test_a_waiting_scan_is_called_once_however_many_look(engine: Engine, job: int) -> None:
    def call() -> list[int]:
        with transaction(engine) as session:
            return [scan.job_id for scan in scans.call(session)]

    assert call() == []  # whoever offered it has called
    with transaction(engine) as session:
        session.execute(update(Scan).values(called_at=now() - timedelta(hours=1)))
    assert (call(), call()) == ([job], [])
    # the longer nobody finds the folder, the less is asked for
    with transaction(engine) as session:
        session.execute(update(Job).values(progress_at=now() - timedelta(hours=1)))
        session.execute(update(Scan).values(called_at=now() - timedelta(minutes=5)))
    assert call() == []
    with transaction(engine) as session:
        session.execute(update(Scan).values(called_at=now() - timedelta(minutes=7)))
    assert call() == [job]


def test_a_scan_that_nobody_wrote_down_is_found_and_one_that_ended_forgotten(
    engine: Engine, new_job: NewJob
) -> None:
    silent, cancelled = new_job(1, scanned=False), new_job(1, scanned=False)
    with transaction(engine) as session:
        scans.offer(session, cancelled)
        ledger.cancel(session, cancelled)
        session.execute(update(Job).values(progress_at=now() - timedelta(hours=1)))
    release_dead(engine)
    with reading(engine) as session:
        assert session.scalars(select(Scan.job_id)).all() == [silent]
        assert "broke off" in (ledger.get_job(session, silent).fault or "")


def test_a_paused_scan_is_nobodys_to_begin(engine: Engine, job: int) -> None:
    assert claim(engine) == job
    with transaction(engine) as session:
        ledger.pause(session, job)
        assert scans.renew(session, job, US, 60) is Standing.PAUSED
        scans.release(session, job, US)
    assert claim(engine) is None
    with transaction(engine) as session:
        ledger.resume(session, job)
    assert claim(engine) == job
