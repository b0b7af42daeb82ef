"""Opening a catalogue, and its transactions."""

import os
import signal
import sqlite3
import threading
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai import interrupts
from musicai.catalogue import counters, migrate
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import now, open_engine, reading, shared_now, transaction
from musicai.errors import CatalogueUnavailableError
from musicai.interrupts import interrupts_kept
from musicai.states import TrackOutcome


def test_a_folder_that_cannot_be_made_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    """A home below a file is refused for every user, root included."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogueUnavailableError, match=r"file/home.*MUSICAI_HOME"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'home' / 'catalogue.db'}")


def test_the_shared_clock_tells_utc_whatever_the_zone_of_the_server(postgres_url: str) -> None:
    engine = open_engine(f"{postgres_url}&options=-c%20timezone%3DEurope/Rome")
    migrate.upgrade(engine)
    with reading(engine) as session:
        moment = shared_now(session)
    engine.dispose()
    # a lease of a minute would last for an hour when summer ends: sums follow the hands of a zone's clock
    assert moment.tzinfo is UTC
    assert abs(now() - moment) < timedelta(minutes=1)


def test_ctrl_c_does_not_break_a_transaction_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_HOLD_S", 60)

    def count_and_interrupt() -> None:
        with transaction(engine) as session:
            os.kill(os.getpid(), signal.SIGINT)
            counters.add(session, "a", {(CounterName.TRACKS, TrackOutcome.DONE): 2})

    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        count_and_interrupt()
    with reading(engine) as session:
        assert [tuple(total) for total in counters.totals(session)] == [("a", "tracks", "done", 2)]


def test_ctrl_c_while_the_catalogue_is_locked_ends_a_transaction_before_it_begins(
    sqlite_catalogue_url: str,
) -> None:
    engine = open_engine(sqlite_catalogue_url)
    other = sqlite3.connect(str(engine.url.database), check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def interrupt_and_let_go() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        other.execute("ROLLBACK")

    began = []

    waiting = threading.Timer(0.5, interrupt_and_let_go)

    def begin() -> None:
        waiting.start()
        with transaction(engine):
            began.append(True)

    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        begin()
    waiting.join()
    other.close()
    engine.dispose()
    assert not began
