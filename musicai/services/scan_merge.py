"""Write what a scan found into the catalogue, in bulk."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from musicai.catalogue import correcting
from musicai.catalogue.files import StoredPath
from musicai.catalogue.session import now
from musicai.catalogue.tables import Base, Folder, Library
from musicai.library.walk import Found
from musicai.services.scan_plan import Known, Plan
from musicai.states import TrackState

# the tables themselves: bulk statements without the unit of work
_TRACK = Base.metadata.tables["track"]
_FOLDER = Base.metadata.tables["folder"]


def lock_library(session: Session, library_id: int) -> None:
    """Let one scan at a time write to a library (SQLite has one writer anyway).

    Two scans of one folder would otherwise insert the same tracks, or wait for each other's rows for ever.
    """
    statement = select(Library.id).where(Library.id == library_id)
    session.execute(statement.with_for_update(key_share=True))


def see_folders(
    session: Session, library_id: int, job_id: int, folders: Sequence[bytes]
) -> dict[bytes, int]:
    """Record that a job read some folders and return their ids."""
    stored = {path: StoredPath.of(path) for path in folders}
    query = select(Folder.key, Folder.id).where(
        Folder.library_id == library_id, Folder.key.in_([path.key for path in stored.values()])
    )
    ids = dict(iter(session.execute(query)))
    unseen = or_(_FOLDER.c.seen_job_id.is_(None), _FOLDER.c.seen_job_id != job_id)
    session.execute(
        update(_FOLDER).where(_FOLDER.c.id.in_(ids.values()), unseen).values(seen_job_id=job_id)
    )
    rows = [
        {"library_id": library_id, "seen_job_id": job_id, **_path_columns(path)}
        for path in stored.values()
        if path.key not in ids
    ]
    if rows:
        added = session.execute(insert(_FOLDER).returning(_FOLDER.c.key, _FOLDER.c.id), rows)
        ids.update(dict(iter(added)))
    return {path: ids[columns.key] for path, columns in stored.items()}


def merge(session: Session, library_id: int, result: Plan, folder_ids: dict[bytes, int]) -> list[int]:
    """Write a batch and return the ids of the tracks that a worker has to look at."""
    added = _add(session, library_id, result.new, folder_ids)
    changed = (_row(track, one) | _forgotten(one) for track, one in result.changed)
    _execute(session, _update("size", "mtime_ns", "audio_hash", "error_code", "error_reason"), changed)
    correcting.change(session, [track.id for track, _ in result.changed])
    moved = (_row(track, one) | _new_place(path, one, folder_ids) for track, path, one in result.moved)
    _execute(session, _update("path", "key", "raw_path", "folder_id"), moved)
    stale = (_row(track, one) | {"new_mtime_ns": one.mtime_ns} for track, one in result.stale)
    _execute(session, _update("mtime_ns"), stale)
    return added + [track.id for track, _ in result.changed] + result.waiting


def _add(
    session: Session,
    library_id: int,
    new: Sequence[tuple[StoredPath, Found]],
    folder_ids: dict[bytes, int],
) -> list[int]:
    if not new:
        return []
    moment = now()
    rows = [
        {
            "library_id": library_id,
            "folder_id": folder_ids[_folder_of(one.path)],
            "size": one.size,
            "mtime_ns": one.mtime_ns,
            "device": str(one.device),
            "inode": str(one.inode),
            "created_at": moment,
            "updated_at": moment,
            **_path_columns(path),
        }
        for path, one in new
    ]
    return sorted(session.scalars(insert(_TRACK).returning(_TRACK.c.id), rows))


def _path_columns(path: StoredPath) -> dict[str, Any]:
    return {"path": path.text, "key": path.key, "raw_path": path.raw}


def _folder_of(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _row(track: Known, found: Found) -> dict[str, Any]:
    """Return the values that every update writes: the file is there, on this disk, in this inode."""
    return {
        "track_id": track.id,
        "new_device": str(found.device),
        "new_inode": str(found.inode),
        "new_state": TrackState.PRESENT.value,
        "new_updated_at": now(),
    }


def _forgotten(found: Found) -> dict[str, Any]:
    """Return what a changed file loses: its faults, and the word that its sound is known."""
    lost = dict.fromkeys(("audio_hash", "error_code", "error_reason"))
    values = {"size": found.size, "mtime_ns": found.mtime_ns, **lost}
    return {f"new_{name}": value for name, value in values.items()}


def _new_place(path: StoredPath, found: Found, folder_ids: dict[bytes, int]) -> dict[str, Any]:
    values = {**_path_columns(path), "folder_id": folder_ids[_folder_of(found.path)]}
    return {f"new_{name}": value for name, value in values.items()}


def _update(*columns: str) -> Update:
    names = (*columns, "device", "inode", "state", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(_TRACK).where(_TRACK.c.id == bindparam("track_id")).values(values)


def _execute(session: Session, statement: Update, rows: Iterable[dict[str, Any]]) -> None:
    # by id, as workers do: two writers that take rows in different orders wait for each other for ever
    if ordered := sorted(rows, key=lambda row: int(row["track_id"])):
        session.execute(statement, ordered)
