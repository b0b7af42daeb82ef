"""Putting a finished model into the store and into the catalogue: the files first, then the row.

The files may travel for minutes: no transaction is open meanwhile, and nobody else waits. A process that
dies between the two does both again, and finds its files there.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading, transaction, translated
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import MusicAIError, StateError, TransientError
from musicai.models.folder import copy_files, verify
from musicai.models.renaming import rename
from musicai.models.side_car import SideCar
from musicai.models.store import find, is_damaged, list_names, publish, withdraw
from musicai.services.registry.active import ensure_active
from musicai.services.registry.register import is_same, register
from musicai.services.registry.versions import family_of, lock_registry, next_name
from musicai.states import ModelEventKind

_TURN_LOCK = 7_205_760
TURN_S = 600.0
"""How long a process waits for others to put their models into the store."""
_LOOK_S = 0.5
_TAKEN = "there is another model {name!r} already: give this one a name of its own with --name"
_HOLDER = text(
    "SELECT pid, COALESCE(host(client_addr), 'its own machine') AS place FROM pg_locks"
    " JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND objid = :key"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True)
class Origin:
    """Where a model comes from: what its audit trail begins with."""

    actor: str
    detail: Mapping[str, Any]
    kind: ModelEventKind = ModelEventKind.REGISTERED


@dataclass(frozen=True)
class Placed:
    """A model in the store and in the catalogue.

    Parameters
    ----------
    new: whether its files were not in the store before.
    mended: whether they were, and damaged.
    """

    model: Model
    new: bool
    mended: bool = False


def place_model(
    engine: Engine,
    settings: Settings,
    folder: Path,
    origin: Origin,
    *,
    keep_name: bool = False,
    check: Callable[[Session], None] = lambda _: None,
) -> Placed:
    """Put a finished model into the store and into the catalogue; it is not active yet.

    Safe to call twice. When another model has the name, this one gets the next version's: read it from
    the row that is returned. Where the store's copy of this very model is damaged, this one replaces it.

    Parameters
    ----------
    folder: weights, side-car and artefacts, outside the store; it stays as it is.
    keep_name: whether to refuse rather than to take another name.
    check: asked in the transaction that makes the row; raises when the model is not wanted any more.

    Raises
    ------
    ModelError: the folder is damaged, or the store's disk is full.
    NodeFaultError: the store cannot be reached.
    StateError: another model has the name that is to be kept.
    TransientError: somebody else has been at it for too long.
    """
    with _turn(engine), tempfile.TemporaryDirectory() as place:
        named, side_car = folder, verify(folder)
        mended = _is_to_mend(engine, settings, side_car)
        if not mended and _is_taken(engine, settings, side_car):
            if keep_name:
                raise StateError(_TAKEN.format(name=side_car.name))
            named, side_car = _renamed(engine, settings, folder, side_car.name, Path(place))
        new = not mended and side_car.name not in list_names(settings.model_store)
        if new or mended:
            publish(named, settings.model_store, mend=mended)
        try:
            return Placed(_register(engine, settings, side_car, origin, check), new, mended)
        except TransientError:
            raise  # whoever tries again finds the files; nobody knows whether the row is there
        except MusicAIError:
            if new:
                withdraw(side_car.name, settings.model_store)
            raise


def _register(
    engine: Engine, settings: Settings, side_car: SideCar, origin: Origin, check: Callable[[Session], None]
) -> Model:
    with transaction(engine) as session:
        check(session)
        lock_registry(session)
        ensure_active(session, settings)
        return register(session, side_car, actor=origin.actor, detail=origin.detail, kind=origin.kind)


def _renamed(
    engine: Engine, settings: Settings, folder: Path, former: str, place: Path
) -> tuple[Path, SideCar]:
    """Return a copy of a folder under the next version's name, and its side-car."""
    with reading(engine) as session:
        name = next_name(session, settings, family_of(former))
    copy = place / name
    copy.mkdir()
    copy_files(folder, copy)
    return copy, rename(copy, name)


def _is_taken(engine: Engine, settings: Settings, side_car: SideCar) -> bool:
    """Whether another model has the name, in the store or in the catalogue; this very one may be there."""
    known = _known(engine, side_car.name)
    if known is not None and not is_same(known, side_car):
        return True
    if side_car.name not in list_names(settings.model_store):
        return False
    return verify(find(side_car.name, settings.model_store)).digest != side_car.digest


def _is_to_mend(engine: Engine, settings: Settings, side_car: SideCar) -> bool:
    """Whether the catalogue knows this very model, and its copy in the store is damaged."""
    known = _known(engine, side_car.name)
    if known is None or SideCar.from_json(known.side_car) != side_car:
        return False
    return is_damaged(side_car.name, settings.model_store)


def _known(engine: Engine, name: str) -> Model | None:
    with reading(engine) as session:
        return session.scalars(select(Model).where(Model.name == name)).first()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let one process at a time put models into the store: two would take the same name."""
    if engine.dialect.name == "postgresql":
        with translated(engine), engine.connect() as connection:
            # of the connection, not of a transaction: one that stays open for minutes keeps rows alive
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            _wait_for_turn(alone)
            try:
                yield
            finally:
                alone.execute(select(func.pg_advisory_unlock(_TURN_LOCK)))
        return
    database = engine.url.database
    in_memory = database is None or database == ":memory:"
    with nullcontext() if in_memory else _turn_of_file(f"{database}.models-lock"):
        yield


def _wait_for_turn(connection: Connection) -> None:
    deadline = time.monotonic() + TURN_S
    # asked again and again: a statement that waits for minutes itself is taken for a link that was cut
    while not connection.scalar(select(func.pg_try_advisory_lock(_TURN_LOCK))):
        if time.monotonic() > deadline:
            who = connection.execute(_HOLDER, {"key": _TURN_LOCK}).first()
            raise _not_my_turn(
                f"connection {who.pid} of the database, from {who.place}" if who else "gone now"
            )
        time.sleep(_LOOK_S)


@contextmanager
def _turn_of_file(path: str) -> Iterator[None]:
    lock = filelock.FileLock(path, timeout=TURN_S)
    try:
        lock.acquire()
    except filelock.Timeout as err:
        raise _not_my_turn(f"it has {path} locked") from err
    try:
        yield
    finally:
        lock.release()


def _not_my_turn(who: str) -> TransientError:
    return TransientError(
        f"another process has been putting models into the store for {TURN_S / 60:.0f} minutes ({who}): "
        "try again when it is done, or end it if it hangs"
    )
