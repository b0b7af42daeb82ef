"""Which library a path on this node, or a URL, belongs to. Rows only: `find_paths` has looked already."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.files import encode_root, library_root
from musicai.catalogue.ledger import insert_ignoring
from musicai.catalogue.session import now
from musicai.catalogue.tables import Library
from musicai.errors import ConfigError, NotFoundError
from musicai.services.found_paths import FoundPath, FoundPaths
from musicai.services.scan_options import Target
from musicai.storage.url import is_inside, is_url, relative

_NAME_MAX = 180


@dataclass(frozen=True)
class Place:
    """A path on this node, split at a library's root.

    Parameters
    ----------
    library: None when no library holds the path yet.
    root: the library's root on this node, or what it would be.
    under: the rest of the path, relative to the root.
    """

    library: Library | None
    root: bytes
    under: bytes


def locate(session: Session, path: FoundPath, found: FoundPaths) -> Place:
    """Find the library whose root holds a path, the deepest if several do.

    The name of a library stands for all of it, unless a file of that name is here.

    Raises
    ------
    NotFoundError: the library of that name was renamed in this very moment.
    """
    if (place := path.place) is None:
        named = _called(session, path.given)
        return Place(named, library_root(named.name, named.root, found.mounts), b"")
    libraries = session.scalars(select(Library)).all()
    roots = [(found.real(library_root(row.name, row.root, found.mounts)), row) for row in libraries]
    holding = [(root, row) for root, row in roots if is_inside(place, root)]
    if holding:
        root, row = max(holding, key=lambda pair: len(pair[0]))
        return Place(row, root, relative(place, root))
    own = place if path.is_folder else _parent(place)
    root = next((mount for mount in found.mounted if is_inside(place, mount)), own)
    return Place(None, root, relative(place, root))


def resolve_library(
    session: Session, path: FoundPath, found: FoundPaths, name: str | None = None
) -> tuple[Library, bytes]:
    """Return the library of a path and the path relative to its root; make the library when there is none.

    Parameters
    ----------
    name: the library that the user names; one of that name whose folder is gone moves to the path.

    Raises
    ------
    ConfigError: the name and the path belong to different libraries.
    """
    place = locate(session, path, found)
    if name is not None:
        place = _named(session, place, path.given, found, name)
    library = place.library or _create(session, place.root, _wanted_name(place.root, found, name))
    return library, place.under


def resolve_targets(session: Session, found: FoundPaths, name: str | None = None) -> tuple[Target, ...]:
    """Return what to scan for the paths of a command line; libraries are made as needed."""
    resolved = [resolve_library(session, path, found, name) for path in found.paths]
    return tuple(dict.fromkeys(Target(library.id, under) for library, under in resolved))


def _called(session: Session, path: bytes) -> Library:
    name = path.decode(errors="replace")
    library = session.scalars(select(Library).where(Library.name == name)).one_or_none()
    if library is None:
        raise NotFoundError(f"there is neither a file nor a library {name!r}")
    return library


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or b"/"


def _named(session: Session, place: Place, path: bytes, found: FoundPaths, name: str) -> Place:
    if place.library is not None:
        if place.library.name == name:
            return place
        raise ConfigError(
            f"{os.fsdecode(path)!r} belongs to library {place.library.name!r}, not {name!r}:"
            " leave --library away"
        )
    library = session.scalars(select(Library).where(Library.name == name)).one_or_none()
    if library is None:
        return place
    root = library_root(library.name, library.root, found.mounts)
    if root not in found.gone:
        raise ConfigError(
            f"library {name!r} is at {os.fsdecode(root)!r}, and {os.fsdecode(path)!r} is not in it"
        )
    # the whole library was moved: its tracks keep their relative paths, and so their predictions
    library.root = encode_root(place.root)
    return Place(library, place.root, place.under)


def _wanted_name(root: bytes, found: FoundPaths, name: str | None) -> str:
    if name is not None:
        if not name.strip() or len(name) > _NAME_MAX or re.search(r"[=;/\0]", name):
            raise ConfigError(f"library name {name!r} must be short and hold none of = ; /")
        return name
    for mounted, mount in found.mounts.items():
        if found.real(os.fsencode(mount)) == root:
            return mounted
    base = (unquote_to_bytes(root) if is_url(root) else root).rpartition(b"/")[2].decode(errors="replace")
    return re.sub(r"[=;/\0]", "_", base)[:_NAME_MAX].strip() or "library"


def _create(session: Session, root: bytes, name: str) -> Library:
    """Add a library under the first free name; a concurrent twin of the same root wins silently."""
    text = encode_root(root)
    for candidate in _names(name):
        values = {"name": candidate, "root": text, "created_at": now()}
        session.execute(insert_ignoring(session, Library), [values])
        library = session.scalars(select(Library).where(Library.name == candidate)).one()
        if library.root == text:
            return library
    raise AssertionError("names never end")


def _names(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
