"""The migrations make exactly the tables that the code works with, on both databases."""

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, transaction
from musicai.catalogue.tables import Base
from musicai.config import Settings
from musicai.errors import CatalogueOutdatedError
from musicai.services.catalogue import open_catalogue


@pytest.fixture
def engine(empty_catalogue_url: str) -> Engine:
    return open_engine(empty_catalogue_url)


def test_migrations_and_tables_agree(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        found = inspect(connection)
        indexes = {index["name"] for table in Base.metadata.tables for index in found.get_indexes(table)}
    # partial: claims read an index that shrinks as the job goes on
    assert {"ix_item_pending", "ix_item_failed"} <= indexes
    engine.dispose()


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    assert migrate.current(engine) is None
    migrate.upgrade(engine)
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate.head()
    migrate.check(engine)
    engine.dispose()


_REFUSED = [("0000", "musicai db upgrade"), ("9999", "update musicai")]


@pytest.mark.parametrize(("revision", "advice"), _REFUSED)
def test_another_schema_is_refused_with_advice(engine: Engine, revision: str, advice: str) -> None:
    migrate.upgrade(engine)
    with engine.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    with pytest.raises(CatalogueOutdatedError, match=advice):
        migrate.check(engine)
    engine.dispose()


def test_first_use_sets_an_empty_database_up(empty_catalogue_url: str) -> None:
    engine = open_catalogue(Settings.from_env({"MUSICAI_DATABASE_URL": empty_catalogue_url}))
    assert migrate.current(engine) == migrate.head()
    engine.dispose()


def test_answers_of_an_older_catalogue_get_their_doubts(engine: Engine) -> None:
    migrate.upgrade(engine, "0004")
    heard = [{"scores": {"jazz": 0.8, "rock": 0.2}}, {"scores": {"jazz": 0.2, "rock": 0.6, "pop": 0.2}}]
    with engine.begin() as session:
        session.execute(text("INSERT INTO library VALUES (1, 'm', '/m', '2026-11-24')"))
        session.execute(text("INSERT INTO folder (id, library_id, path, key) VALUES (1, 1, '', 'k')"))
        session.execute(
            text(
                "INSERT INTO track (id, library_id, folder_id, path, key, state, size, mtime_ns, device,"
                " inode, created_at, updated_at)"
                " VALUES (1, 1, 1, 'a', 'k', 'present', 1, 1, '1', '1', '2026-11-24', '2026-11-24')"
            )
        )
        session.execute(
            text(
                "INSERT INTO model (id, name, digest, side_car, active, created_at)"
                " VALUES (1, 'small', '0', '{}', true, '2026-11-24')"
            )
        )
        session.execute(
            text(
                "INSERT INTO prediction (id, track_id, model_id, audio_hash, whole, genre, guess,"
                " confidence, excerpts, created_at)"
                " VALUES (7, 1, 1, '1:a', false, 'jazz', 'jazz', 0.5, :excerpts, '2026-11-24')"
            ),
            {"excerpts": json.dumps(heard)},
        )
        session.execute(text("INSERT INTO score VALUES (7, 'jazz', 0.5), (7, 'rock', 0.4)"))
    migrate.upgrade(engine)
    with transaction(engine) as session:
        row = session.execute(text("SELECT margin, discord FROM prediction")).one()
        assert session.execute(text("SELECT count(*) FROM score")).scalar() == 2
    assert row == (pytest.approx(0.1), pytest.approx(0.3))
    engine.dispose()
