"""Fixtures that every test may use."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.postgres import PostgresServer, postgres_server


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
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: a test that takes it runs twice."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a short path, so that the broker's socket lies inside it."""
    folder = Path(tempfile.mkdtemp(prefix="musicai-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)
