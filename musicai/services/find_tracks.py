"""Which tracks people mean: files and folders of libraries, or what a query expression asks for."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.files import path_bytes
from musicai.catalogue.query.question import ask
from musicai.catalogue.tables import Library, Track
from musicai.config import Settings
from musicai.errors import NotFoundError
from musicai.services.find_track import find_track, readings
from musicai.states import TrackState

NAMED = 10
"""So many paths that were not found stand in a message; the rest is counted."""


def find_tracks(session: Session, settings: Settings, paths: Sequence[str]) -> list[int]:
    """Return the ids of the tracks that paths name: a file's track, all present ones below a folder.

    A path is understood as by `find_track`, and need not exist any more.

    Raises
    ------
    NotFoundError: one of the paths holds no track of the catalogue; the message names each of them.
    """
    found: dict[int, None] = {}
    absent = []
    for path in paths:
        try:
            found.update(dict.fromkeys(_one_path(session, settings, path)))
        except NotFoundError as err:
            absent.append(str(err))
    if absent:
        raise NotFoundError(_listed(absent, len(paths)))
    return list(found)


def find_fitting(session: Session, settings: Settings, expression: str, model: str = "") -> list[int]:
    """Return the ids of the tracks that a query expression asks for.

    Raises
    ------
    QueryError: the expression is wrong at one place.
    """
    question = ask(session, expression, model=model or settings.model)
    rows = question.stream(session, question.select(Track.id).distinct())
    return [row.id for row in rows]


def _one_path(session: Session, settings: Settings, path: str) -> list[int]:
    try:
        return [find_track(session, settings, path).id]
    except NotFoundError:
        below = _below(session, settings, path)
        if not below:
            raise
        return below


def _below(session: Session, settings: Settings, folder: str) -> list[int]:
    libraries = list(session.scalars(select(Library)))
    for places in readings(libraries, settings, folder):
        holding = {lib.name: ids for lib, under in places if (ids := list(_in_folder(session, lib, under)))}
        if len(holding) > 1:
            said = " or ".join(repr(f"{name}:{folder}") for name in holding)
            raise NotFoundError(f"{folder!r} is in several libraries; say {said}")
        if holding:
            return next(iter(holding.values()))
    return []


def _in_folder(session: Session, library: Library, under: bytes) -> Iterator[int]:
    prefix = under.rstrip(b"/") + b"/" if under.strip(b"/") else b""
    text = prefix.decode(errors="replace")
    wanted = select(Track.id, Track.path, Track.raw_path).where(
        Track.library_id == library.id,
        Track.state == TrackState.PRESENT,
        # LIKE ignores case on SQLite, and an order of characters depends on the database
        func.substr(Track.path, 1, len(text)) == text,
    )
    for track_id, path, raw in session.execute(wanted):
        # U+FFFD in a text stands for any byte that is not UTF-8
        if path_bytes(path, raw).startswith(prefix):
            yield track_id


def _listed(absent: list[str], total: int) -> str:
    if total == 1:
        return absent[0]
    lines = [f"nothing was written, for {len(absent)} of {total} paths hold no track of the catalogue:"]
    lines += [f"  {message}" for message in absent[:NAMED]]
    lines += [f"  and {len(absent) - NAMED} more"] if len(absent) > NAMED else []
    return "\n".join(lines)
