"""Which track a person means: a file on this node, a URL, ``library:path``, or a path within a library."""

import os
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.files import StoredPath, library_root
from musicai.catalogue.tables import Library, Track
from musicai.config import Settings
from musicai.errors import NotFoundError
from musicai.library.place import plain, real_root
from musicai.storage.url import is_inside, is_url, relative


def find_track(session: Session, settings: Settings, path: str) -> Track:
    """Return the track that a path names, whether its file is still there or not.

    Raises
    ------
    NotFoundError: the catalogue has no such track, or several; the message says what to do.
    """
    libraries = list(session.scalars(select(Library)))
    for places in readings(libraries, settings, path):
        found = [t for library, under in places if (t := _look_up(session, library, under))]
        if len({track.id for track in found}) > 1:
            raise NotFoundError(f"{path!r} is in several libraries; say {_choices(libraries, found)}")
        if found:
            return found[0]
    raise NotFoundError(_advice(libraries, settings, path))


def readings(
    libraries: list[Library], settings: Settings, path: str
) -> Iterator[list[tuple[Library, bytes]]]:
    """Yield the ways to understand a path, the likeliest first: the places that it may mean."""
    yield list(dict.fromkeys(_below_roots(libraries, settings, os.fsencode(path))))
    yield list(_named(libraries, path))
    yield list(_relative(libraries, path))


def _below_roots(
    libraries: list[Library], settings: Settings, path: bytes
) -> Iterator[tuple[Library, bytes]]:
    """Yield the places that a file has in libraries, seen through links and not; the deepest root only."""
    for form in _forms(path):
        holding = [
            (root, library)
            for library in libraries
            for root in dict.fromkeys(
                _root_forms(library_root(library.name, library.root, settings.mounts))
            )
            if is_inside(form, root)
        ]
        if holding:
            root, library = max(holding, key=lambda pair: len(pair[0]))
            yield library, relative(form, root)


def _root_forms(root: bytes) -> list[bytes]:
    return [real_root(root)] if is_url(root) else _forms(root)


def _forms(path: bytes) -> list[bytes]:
    path = plain(path)
    if is_url(path):
        return [path]
    # bytes, which pathlib does not take
    absolute = os.path.abspath(path)  # noqa: PTH100
    folder, name = os.path.split(absolute)
    return [absolute, os.path.join(os.path.realpath(folder), name), os.path.realpath(absolute)]  # noqa: PTH118


def _named(libraries: list[Library], path: str) -> Iterator[tuple[Library, bytes]]:
    for library in libraries:
        if path.startswith(f"{library.name}:"):
            yield library, os.fsencode(path.removeprefix(f"{library.name}:"))


def _relative(libraries: list[Library], path: str) -> Iterator[tuple[Library, bytes]]:
    for library in libraries:
        yield library, os.fsencode(path)


def _look_up(session: Session, library: Library, under: bytes) -> Track | None:
    wanted = select(Track).where(Track.library_id == library.id, Track.key == StoredPath.of(under).key)
    return session.scalars(wanted).one_or_none()


def _choices(libraries: list[Library], found: list[Track]) -> str:
    names = {library.id: library.name for library in libraries}
    return " or ".join(repr(f"{names[track.library_id]}:{track.path}") for track in found)


def _advice(libraries: list[Library], settings: Settings, path: str) -> str:
    # pathlib raises for names that are too long
    if not is_url(path) and not os.path.exists(path):  # noqa: PTH110
        return f"there is neither a track nor a file {path!r}; `musicai query WORD` searches the catalogue"
    holder = next((library for library, _ in _below_roots(libraries, settings, os.fsencode(path))), None)
    where = f"was not found yet in library {holder.name!r}" if holder else "is in no library"
    return f"{path!r} {where}; add it with: musicai enqueue {path!r}"
