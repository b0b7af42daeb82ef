"""Fixtures that every test may use."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine
from tests.services.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session", autouse=True)
def heeded_signals() -> None:
    """Let Ctrl-C and the end of a terminal reach the processes that tests start.

    A shell has what it runs in the background ignore Ctrl-C, and nohup the end of the terminal; processes
    inherit that. What ignores by a function of its own hands nothing on.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the repository; skips where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TEST_DATA") or beside)
    if not (folder / "gtzan").is_dir():
        pytest.skip("needs the shared recordings (TEST_DATA names their folder)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the session."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database, as MUSICAI_DATABASE_URL takes it."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: a test that takes it runs twice."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a catalogue to copy: the migrations would take most of the time of a short test."""
    file = tmp_path_factory.mktemp("template") / "catalogue.db"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[str]:
    """The name of a catalogue to copy."""
    with postgres.database() as url:
        _upgrade(url)
        name = make_url(url).database
        assert name
        yield name


def _upgrade(url: str) -> None:
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()


@pytest.fixture
def postgres_catalogue_url(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A catalogue on PostgreSQL with its tables."""
    with postgres.database(postgres_template) as url:
        yield url


@pytest.fixture
def sqlite_catalogue_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A catalogue on SQLite with its tables."""
    shutil.copyfile(sqlite_template, tmp_path / "catalogue.db")
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


@pytest.fixture(params=["sqlite_catalogue_url", "postgres_catalogue_url"], ids=["sqlite", "postgresql"])
def catalogue_url(request: pytest.FixtureRequest) -> str:
    """A catalogue of each kind with its tables: a test that takes it runs twice."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def engine(catalogue_url: str) -> Iterator[Engine]:
    """A catalogue with its tables, open."""
    engine = open_engine(catalogue_url)
    yield engine
    engine.dispose()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a short path, so that the broker's socket lies inside it."""
    folder = Path(tempfile.mkdtemp(prefix="musicai-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)
