"""A small collection, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading, transaction
from musicai.config import Settings
from musicai.services.query import TrackRow, stream_rows
from tests.songs import add_collection

Ask = Callable[..., list[TrackRow]]


@pytest.fixture
def collection(catalogue_url: str) -> Iterator[Engine]:
    """A catalogue with the ten tracks of `add_collection`."""
    engine = open_engine(catalogue_url)
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
