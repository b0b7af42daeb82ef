"""A small collection, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading, transaction
from musicai.config import Settings
from musicai.services.query import TrackRow, stream_rows
from tests.songs import add_collection

Ask = Callable[..., list[TrackRow]]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def collection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A catalogue with the ten tracks of `add_collection`; tests only read it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('collection') / 'catalogue.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres").database())
        engine = open_engine(url)
        migrate.upgrade(engine)
        with transaction(engine) as session:
            add_collection(session)
        yield engine
        engine.dispose()


@pytest.fixture
def ask(collection: Engine, tmp_path: Path) -> Ask:
    """Return a function that asks the collection and returns rows."""
    settings = Settings(home=tmp_path, mounts={"vinyl": Path("/here")})

    def rows(expression: str = "", **options: object) -> list[TrackRow]:
        with reading(collection) as session:
            return list(stream_rows(session, settings, expression, **options))  # type: ignore[arg-type]

    return rows
