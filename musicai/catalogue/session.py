"""Engines, sessions and transactions on SQLite and PostgreSQL.

A transaction that writes on SQLite takes the write lock when it begins (``BEGIN IMMEDIATE``): one that
read first and then found the lock taken could only fail, without waiting.
"""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from musicai.catalogue import migrate
from musicai.catalogue.query.genre_key import genre_key, genre_keys
from musicai.catalogue.sqlite_lock import writer_of
from musicai.config import masked
from musicai.errors import CatalogueUnavailableError
from musicai.interrupts import interrupts_held

SQLITE_BUSY_S = 60
_LITTLE = 1_000_000
"""Bytes; with less on its disk SQLite cannot be expected to write."""
_SQLITE_PASSING = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
    )
)
# classes of SQLSTATE: connection, authorisation, rollback, resources, operator, system, lock not available
_POSTGRES_PASSING = frozenset(("08", "28", "40", "53", "55", "57", "58", "3D"))
_UNKNOWN = "40003"
"""Nobody can say whether the statement was completed."""
_CLOCK = text("SELECT clock_timestamp()")
_OF_THE_SERVER = (OperationalError, InterfaceError)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def shared_now(session: Session) -> datetime:
    """Return the present instant by a clock that all who share the catalogue read, aware, in UTC.

    What one process writes and another decides by goes by it: leases, schedules, how old a row is. The
    clock of one node may jump, or go wrong for days: by its own, it would take everybody for dead, or fire
    what is not due. On SQLite all are on one machine, and read its clock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return now()
    moment: datetime = session.execute(_CLOCK).scalar_one()
    # in the zone of the server's settings, sums would follow the hands of that zone's clock
    return moment.astimezone(UTC)


def open_engine(url: str, answer_s: float | None = None) -> Engine:
    """Return an engine for the catalogue's URL. Nothing is connected yet.

    Parameters
    ----------
    answer_s: seconds that the database may take for an answer, or on SQLite somebody else may write; None:
        any number, on SQLite a minute.

    Raises
    ------
    CatalogueUnavailableError: the folder of an SQLite file cannot be made.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, SQLITE_BUSY_S if answer_s is None else answer_s)
    # psycopg takes 0.1 s to import: most catalogues are SQLite files
    from musicai.catalogue.postgres import postgres_engine  # noqa: PLC0415

    return postgres_engine(url, answer_s)


def _sqlite_engine(url: str, busy_s: float) -> Engine:
    database = make_url(url).database
    if database and database != ":memory:":
        _make_folder(Path(database).parent)
    engine = create_engine(url, connect_args={"timeout": busy_s})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # the driver must not begin transactions by itself: `begin` below does
        connection.isolation_level = None
        connection.create_function("regexp", 2, _regexp, deterministic=True)
        for function in (genre_key, genre_keys):
            connection.create_function(function.__name__, 1, _of_known(function), deterministic=True)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("musicai_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise CatalogueUnavailableError(
            f"cannot make the catalogue's folder {folder}: {err.strerror};"
            " set MUSICAI_HOME to one that can be written"
        ) from err


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, value, re.IGNORECASE) is not None


def _of_known(function: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda value: None if value is None else function(value)


@contextmanager
def transaction(engine: Engine, *, any_schema: bool = False) -> Iterator[Session]:
    """Yield a session that writes; commit at the end, roll back on any error.

    Ctrl-C waits a second for the end: a session that ends just anywhere may leave the catalogue locked.

    Parameters
    ----------
    any_schema: write although the catalogue was upgraded meanwhile: only to give back what is in hand.

    Raises
    ------
    CatalogueUnavailableError: the database cannot be reached, is locked, or its disk is full.
    CatalogueOutdatedError: somebody upgraded it while this process ran.
    """
    with (
        interrupts_held() as heed,
        translated(engine),
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        if not any_schema:
            migrate.insist(session)
        heed()  # the catalogue may have been locked for long
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session that only reads, and so never waits for a writer. Ctrl-C waits a second for its end.

    Raises
    ------
    CatalogueUnavailableError: the database cannot be reached.
    CatalogueOutdatedError: somebody upgraded it while this process ran.
    """
    view = engine.execution_options(musicai_reads=True)
    with interrupts_held(), translated(engine), Session(view, expire_on_commit=False) as session:
        migrate.insist(session)
        yield session


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the driver's complaints about an unreachable database into CatalogueUnavailableError.

    A statement that the tables do not fit any more becomes a CatalogueOutdatedError: they were changed
    between the look at the schema and the statement.
    """
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as err:
        if isinstance(err, DBAPIError) and not (isinstance(err, _OF_THE_SERVER) and _passes(err)):
            migrate.check(engine)
            raise
        where = masked(engine.url.render_as_string(hide_password=True))  # one in the query is not hidden
        cause = err.orig if isinstance(err, DBAPIError) else err
        more = _who_writes(engine, cause) or _no_room(engine)
        raise CatalogueUnavailableError(f"catalogue {where}: {str(cause).strip()}{more}") from err


def came_to_nothing(err: CatalogueUnavailableError) -> bool:
    """Whether the database itself says that the transaction did nothing, so that it may be tried again.

    Whoever lost the link while it was committed knows nothing of the sort.
    """
    cause = err.__cause__.orig if isinstance(err.__cause__, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    state = getattr(cause, "sqlstate", None) or ""
    return state[:2] == "40" and state != _UNKNOWN


def _no_room(engine: Engine) -> str:
    """Say that the disk of an SQLite file is full: SQLite itself often calls it an I/O error."""
    if engine.url.get_backend_name() != "sqlite" or not engine.url.database:
        return ""
    try:
        free = shutil.disk_usage(Path(engine.url.database).parent).free
    except OSError:
        return ""
    return "; its disk is full, make room and go on" if free < _LITTLE else ""


def _who_writes(engine: Engine, cause: BaseException | None) -> str:
    locked = getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    return f"; {writer_of(engine.url.database or '')}" if locked else ""


def _passes(err: DBAPIError) -> bool:
    """Whether waiting may help: not with a table that is not there or a statement that is wrong."""
    if err.connection_invalidated:
        return True
    if isinstance(err.orig, sqlite3.Error):
        return getattr(err.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_PASSING
    state = getattr(err.orig, "sqlstate", None)
    return state is None or state[:2] in _POSTGRES_PASSING
