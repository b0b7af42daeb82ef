"""The migrations make exactly the tables that the code works with, on both databases."""

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
def engine(catalogue_url: str) -> Engine:
    return open_engine(catalogue_url)


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
    with transaction(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    with pytest.raises(CatalogueOutdatedError, match=advice):
        migrate.check(engine)
    engine.dispose()


def test_first_use_sets_an_empty_database_up(catalogue_url: str) -> None:
    engine = open_catalogue(Settings.from_env({"MUSICAI_DATABASE_URL": catalogue_url}))
    assert migrate.current(engine) == migrate.head()
    engine.dispose()
