"""Opening the catalogue, migrated and ready."""

from sqlalchemy import Engine

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, translated
from musicai.config import Settings

_PATIENCE_OF_PEOPLE = 10


def open_catalogue(settings: Settings, *, serving: bool = False) -> Engine:
    """Return an engine on a catalogue of the newest schema.

    SQLite is migrated where it stands, and an empty database is set up: first use needs no command.
    A PostgreSQL catalogue of an older schema is left alone, for other nodes may still work with it.

    Parameters
    ----------
    serving: by a service, whose statements are short: one that takes long is a link that was cut.

    Raises
    ------
    CatalogueUnavailableError: it cannot be reached.
    CatalogueOutdatedError: its schema must be upgraded by hand, or this musicai is too old for it.
    """
    engine = open_engine(settings.catalogue_url, _answer_s(settings, serving=serving))
    with translated(engine):
        found = migrate.current(engine)
        if found != migrate.head() and (found is None or engine.dialect.name == "sqlite"):
            migrate.upgrade(engine)
        else:
            migrate.refuse(found)
    return engine


def _answer_s(settings: Settings, *, serving: bool) -> float:
    # on SQLite it is not an answer that is waited for, but a lock
    patient = not serving and not settings.catalogue_url.startswith("sqlite")
    return settings.database_timeout_s * (_PATIENCE_OF_PEOPLE if patient else 1)
