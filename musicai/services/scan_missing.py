"""Tracks whose files are gone. Only an absent path makes a track missing, never an unread folder."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import ColumnElement, Engine, exists, func, or_, select, update
from sqlalchemy.orm import Session

from musicai.catalogue.files import path_bytes
from musicai.catalogue.ledger import changed
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Folder, Track
from musicai.library.walks import absent
from musicai.states import TrackState

_PAGE = 1000
_PRESENT = Track.state == TrackState.PRESENT


def short_folders(session: Session, counts: dict[int, int]) -> list[int]:
    """Return the folders that hold more present tracks than files were found in them.

    Parameters
    ----------
    counts: how many files were found, by folder.
    """
    query = select(Track.folder_id, func.count()).where(Track.folder_id.in_(counts), _PRESENT)
    rows = session.execute(query.group_by(Track.folder_id))
    return [folder_id for folder_id, known in rows if known > counts[folder_id]]


def in_folders(folder_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition for tracks of some folders."""
    return Track.folder_id.in_(folder_ids)


def under(library_id: int, path: bytes, *, unseen_by: int | None = None) -> ColumnElement[bool]:
    """Return the condition for tracks at a path and below it, if asked in folders that a job did not see.

    Names that are not UTF-8 may let in a few others: every path is looked at before it is called gone.
    """
    folders = select(Folder.id).where(Folder.library_id == library_id)
    if unseen_by is not None:
        folders = folders.where(or_(Folder.seen_job_id.is_(None), Folder.seen_job_id != unseen_by))
    if path:
        text = path.decode(errors="replace")
        folders = folders.where(
            or_(Folder.path == text, Folder.path.startswith(f"{text}/", autoescape=True))
        )
    return Track.folder_id.in_(folders)


def holds_tracks(session: Session, library_id: int) -> bool:
    """Whether a library has any present track."""
    found = select(exists().where(Track.library_id == library_id, _PRESENT))
    return session.scalars(found).one()


def gone_tracks(
    engine: Engine, root: bytes, condition: ColumnElement[bool], should_stop: Callable[[], bool]
) -> Iterator[dict[int, bytes]]:
    """Yield id and key of present tracks whose files are gone; no transaction is open meanwhile."""
    last = 0
    query = select(Track.id, Track.key, Track.path, Track.raw_path).where(condition, _PRESENT)
    while not should_stop():
        with reading(engine) as session:
            page = session.execute(query.where(Track.id > last).order_by(Track.id).limit(_PAGE)).all()
        if not page:
            return
        last = page[-1].id
        paths = {row.id: path_bytes(row.path, row.raw_path) for row in page}
        gone = absent(root, list(paths.values()))
        yield {row.id: row.key for row in page if paths[row.id] in gone}


def mark_missing(
    engine: Engine,
    root: bytes,
    condition: ColumnElement[bool],
    should_stop: Callable[[], bool],
    check_disk: Callable[[], None],
) -> int:
    """Mark the tracks whose files are gone and return how many there were.

    Parameters
    ----------
    check_disk: called when files are gone and none is marked yet; raises when the disk went away with them.
    """
    count = 0
    for page in gone_tracks(engine, root, condition, should_stop):
        if page:
            check_disk()
            with transaction(engine) as session:
                count += _mark(session, page)
    return count


def _mark(session: Session, page: dict[int, bytes]) -> int:
    # by key as well: a track that another scan moved meanwhile is not missing
    statement = update(Track).where(Track.id.in_(page.keys()), Track.key.in_(page.values()), _PRESENT)
    values = {"state": TrackState.MISSING, "updated_at": now()}
    return changed(session, statement.values(values).execution_options(synchronize_session=False))
