"""The schema's version, and the way to the newest one. The scripts are Alembic's, in ``migrations/``."""

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from musicai.errors import CatalogueOutdatedError

if TYPE_CHECKING:
    from alembic.config import Config

_VERSION = text("SELECT version_num FROM alembic_version")
_ADVISORY_LOCK = 0x6D757369
"""'musi': any number, as long as every MusicAI takes the same one."""


def scripts() -> Path:
    """Return the folder of the migrations: inside an installed wheel, or at the root of a checkout."""
    package = Path(str(resources.files("musicai")))
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def _newest() -> str:
    # off the file names: Alembic takes 0.2 s to import
    names = [path.name for path in (scripts() / "versions").iterdir()]
    return max(name[:4] for name in names if re.match(r"\d{4}_", name))


_KNOWN = _newest()
"""Read once: a process goes on with the code that it began with when another version is installed."""


def head() -> str:
    """Return the newest revision that this code knows."""
    return _KNOWN


def current(engine: Engine) -> str | None:
    """Return the revision of a catalogue, None for an empty database."""
    # as one that only reads: on SQLite it would wait for whoever writes
    with engine.execution_options(musicai_reads=True).connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar()


def insist(session: Session) -> None:
    """Raise CatalogueOutdatedError unless the catalogue of a transaction has the newest revision.

    Somebody may upgrade it while this process runs: an older one would write what no longer holds.
    """
    found = session.execute(_VERSION).scalar()
    if found != _KNOWN:
        refuse(found)


def check(engine: Engine) -> None:
    """Raise CatalogueOutdatedError unless the catalogue has the newest revision."""
    refuse(current(engine))


def refuse(found: str | None) -> None:
    """Raise CatalogueOutdatedError unless the revision that was found is the newest."""
    wanted = head()
    if found == wanted:
        return
    if found is None:
        raise CatalogueOutdatedError("the catalogue is empty: run `musicai db upgrade`")
    if found > wanted:
        raise CatalogueOutdatedError(
            f"the catalogue has schema {found}, newer than this musicai knows ({wanted}): update musicai"
        )
    raise CatalogueOutdatedError(
        f"the catalogue has schema {found}, not {wanted}: run `musicai db upgrade`"
    )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring a catalogue to the newest revision, in one transaction, one process at a time."""
    from alembic import command  # noqa: PLC0415 -- 0.2 s that only an upgrade should cost

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        found = _current(connection)
        if found is not None and found > head():
            refuse(found)
        if found != head():
            command.upgrade(_config(connection), revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
