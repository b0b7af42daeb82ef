"""A server, a store or a disk that takes its time keeps nobody from writing to the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from musicai.catalogue import counters, migrate
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import open_engine, transaction
from musicai.cli import cli
from musicai.config import Settings
from musicai.errors import CatalogueUnavailableError
from musicai.models.remote import RemoteStore
from musicai.services import scan_plan
from musicai.services.enqueue import Request, create_job
from musicai.states import TrackOutcome
from tests.integration.scanned import Catalogue
from tests.services.places import fresh_connections
from tests.services.web import WebServer, web_server

__all__ = ["fresh_connections"]


@dataclass
class Writer:
    """Somebody else, who writes while another one waits, and does not wait long himself."""

    engine: Engine
    outcomes: list[str] = field(default_factory=list)

    def write(self, *_: object) -> None:
        try:
            with transaction(self.engine) as session:
                counters.add(session, "there", {(CounterName.TRACKS, TrackOutcome.DONE): 1})
            self.outcomes.append("written")
        except CatalogueUnavailableError:
            self.outcomes.append("kept out")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine, settings: Settings) -> Iterator[Writer]:
    other = open_engine(settings.catalogue_url, answer_s=0.5)
    yield Writer(other)
    other.dispose()


@pytest.fixture
def web(tmp_path: Path, writer: Writer) -> Iterator[WebServer]:
    (tmp_path / "Music").mkdir()
    with web_server(tmp_path) as server:
        server.spoil = writer.write
        yield server


def before_each(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, writer: Writer) -> None:
    """Let the writer write each time that something is called."""
    real = getattr(place, name)

    def both(*given: Any) -> Any:
        writer.write()
        return real(*given)

    monkeypatch.setattr(place, name, both)


def test_while_a_server_is_asked_for_a_folder(engine, settings, web, writer):
    create_job(engine, settings, Request((f"{web.url}/Music".encode(),)))
    assert set(writer.outcomes) == {"written"}
    asked = ["schedule", "add", "rescan", "--every", "1d", "--library", "Music", f"{web.url}/Music"]
    done = CliRunner().invoke(cli, asked, env={"MUSICAI_HOME": str(settings.home)})
    assert done.exit_code == 0, done.output
    assert set(writer.outcomes) == {"written"}


def test_while_a_store_is_asked_for_a_model(engine, settings, tmp_path, writer, monkeypatch):
    before_each(monkeypatch, RemoteStore, "names", writer)
    far = replace(settings, store="memory://models")
    (tmp_path / "Music").mkdir()
    create_job(engine, far, Request((bytes(tmp_path / "Music"),)))
    assert set(writer.outcomes) == {"written"}


def test_while_a_disk_is_asked_what_moved(engine, tmp_path, writer, monkeypatch):
    before_each(monkeypatch, scan_plan, "absent", writer)
    catalogue, music = Catalogue.of_models(engine, "one"), tmp_path / "Music"
    music.mkdir()
    (music / "old.wav").write_bytes(b"sound")
    catalogue.scan(music)
    catalogue.work()
    (music / "old.wav").rename(music / "new.wav")
    job = catalogue.scan(music)
    assert (job.report["moved"], job.skipped, job.report["missing"]) == (1, 1, 0)
    assert writer.outcomes == ["written"]
