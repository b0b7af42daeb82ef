"""A model goes into the store first and into the catalogue then, once, whatever happens between."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from musicai.catalogue.session import now, open_engine, reading, transaction
from musicai.catalogue.tables import Library, Model, ModelEvent
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError, StateError, TransientError
from musicai.models.store import list_names
from musicai.services.registry import placing
from musicai.services.registry.placing import Origin, place_model
from tests.unit.services.registry.conftest import write_weights
from tests.waiting import PATIENCE_S

TEST = Origin("test", {})
_KILLED = """
import os, signal, sys
from collections.abc import Iterator
from pathlib import Path
from musicai.catalogue.session import open_engine
from musicai.config import Settings
from musicai.services.registry import placing

placing.register = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
settings = Settings(home=Path(sys.argv[1]), database_url=sys.argv[2])
engine = open_engine(settings.catalogue_url)
placing.place_model(engine, settings, Path(sys.argv[3]), placing.Origin("test", {}))
"""


def known(engine: Engine, name: str) -> tuple[int, int]:
    """Return how many rows and how many lines of the audit trail a model has."""
    with reading(engine) as session:
        rows = session.scalars(select(func.count()).where(Model.name == name)).one()
        lines = select(func.count()).select_from(ModelEvent).join(Model).where(Model.name == name)
        return rows, session.scalars(lines).one()


def test_others_write_while_the_files_travel(
    engine: Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = placing.publish

    def slowly(*arguments: Any, **options: Any) -> Path:
        with transaction(engine) as session:
            session.add(Library(name="Music", root="/music", created_at=now()))
        return publish(*arguments, **options)

    monkeypatch.setattr(placing, "publish", slowly)
    assert place_model(engine, settings, write_weights(tmp_path / "a", "a-1"), TEST).new
    with reading(engine) as session:
        assert session.scalars(select(Library.name)).all() == ["Music"]


def test_a_process_that_is_killed_between_files_and_row_is_made_up_for(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    folder = write_weights(tmp_path / "a", "a-1")
    arguments = [str(settings.home), settings.catalogue_url, str(folder)]
    killed = subprocess.run([sys.executable, "-c", _KILLED, *arguments], timeout=PATIENCE_S, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert ("a-1" in list_names(settings.model_store), known(engine, "a-1")) == (True, (0, 0))
    for _ in range(2):
        placed = place_model(engine, settings, folder, TEST)
        assert (placed.model.name, placed.new) == ("a-1", False)
    assert known(engine, "a-1") == (1, 1)
    assert "a-2" not in list_names(settings.model_store)


def test_a_model_that_is_not_wanted_any_more_leaves_no_files(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    folder = write_weights(tmp_path / "a", "a-1")

    def refuse(error: Exception) -> None:
        def check(session: object) -> None:
            raise error

        with pytest.raises(type(error)):
            place_model(engine, settings, folder, TEST, check=check)

    # what passes is tried again: the files stay for it
    refuse(BrokerUnavailableError("away"))
    assert "a-1" in list_names(settings.model_store)
    # somebody else's files are nobody's to delete
    refuse(StateError("cancelled"))
    assert "a-1" in list_names(settings.model_store)
    folder = write_weights(tmp_path / "b", "b-1")
    refuse(StateError("cancelled"))
    assert (list_names(settings.model_store) >= {"b-1"}, known(engine, "b-1")) == (False, (0, 0))


@pytest.fixture
def at_it(engine: Engine) -> Iterator[threading.Event]:
    """Somebody whose files take their time, until the event."""
    begun, done = threading.Event(), threading.Event()

    def travel() -> None:
        with placing._turn(engine):
            begun.set()
            done.wait()

    thread = threading.Thread(target=travel)
    thread.start()
    begun.wait()
    yield done
    done.set()
    thread.join()


def test_a_turn_comes_after_longer_than_the_database_may_take_to_answer(
    settings: Settings, tmp_path: Path, at_it: threading.Event
) -> None:
    engine = open_engine(settings.catalogue_url, 3)
    threading.Timer(7, at_it.set).start()
    assert place_model(engine, settings, write_weights(tmp_path / "a", "a-1"), TEST).new
    engine.dispose()


def test_a_turn_that_does_not_come_is_told_and_breaks_nothing(
    engine: Engine,
    settings: Settings,
    tmp_path: Path,
    at_it: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placing, "TURN_S", 0.1)
    folder = write_weights(tmp_path / "a", "a-1")
    who = (
        "connection [0-9]+ of the database, from" if engine.dialect.name == "postgresql" else "models-lock"
    )
    with pytest.raises(TransientError, match=f"has been putting models into the store .*{who}"):
        place_model(engine, settings, folder, TEST)
    assert "a-1" not in list_names(settings.model_store)
    at_it.set()
    monkeypatch.undo()
    assert place_model(engine, settings, folder, TEST).new
