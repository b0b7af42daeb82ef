"""What a node finds at the paths that a person names.

A server, and a disk that hangs, may take a minute to say so: everything is looked at before a transaction
is open, and the transaction works with what was found.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from musicai.catalogue.files import library_root
from musicai.catalogue.session import reading
from musicai.catalogue.tables import Library
from musicai.config import Mounts
from musicai.library.place import is_there, real, real_root
from musicai.storage.url import is_inside


@dataclass(frozen=True)
class FoundPath:
    """One path.

    Parameters
    ----------
    given: as it was typed.
    place: its real form, a path or a URL; None when it is the name of a library, and of no file here.
    """

    given: bytes
    place: bytes | None
    is_folder: bool


@dataclass(frozen=True)
class FoundPaths:
    """The paths of a command line, and the libraries that they may be in.

    Parameters
    ----------
    reals: real forms of the roots of libraries and of mounts.
    gone: roots at which nothing is.
    """

    paths: tuple[FoundPath, ...]
    mounts: Mounts
    reals: Mapping[bytes, bytes]
    gone: frozenset[bytes]

    def real(self, root: bytes) -> bytes:
        """Return the real form of a root; of a library that was made in this very moment, as it stands."""
        return self.reals.get(root, root)

    @property
    def mounted(self) -> list[bytes]:
        """Where this node has mounted libraries."""
        return [self.real(os.fsencode(mount)) for mount in self.mounts.values()]


def find_paths(
    engine: Engine, paths: Sequence[bytes], mounts: Mounts, name: str | None = None
) -> FoundPaths:
    """Look at paths.

    Parameters
    ----------
    name: the library that the user names; whether it is where the catalogue says is looked at, too.

    Raises
    ------
    NotFoundError: nothing is at a path.
    NodeFaultError: the server of a URL does not answer, or refuses.
    ConfigError: no library can be behind such a URL.
    """
    with reading(engine) as session:
        rows = session.execute(select(Library.name, Library.root)).all()
    roots = {row.name: library_root(row.name, row.root, mounts) for row in rows}
    found = tuple(_find(path, roots) for path in paths)
    known = [*roots.values(), *map(os.fsencode, mounts.values())]
    reals = {root: real_root(root) for root in known}
    named = roots.get(name) if name is not None else None
    gone = named is not None and not _holds_any(reals[named], found) and not is_there(named)
    return FoundPaths(found, mounts, reals, frozenset([named] if named is not None and gone else []))


def _find(path: bytes, names: Mapping[str, bytes]) -> FoundPath:
    if b"/" not in path and not os.path.lexists(path) and path.decode(errors="replace") in names:
        return FoundPath(path, None, is_folder=True)
    place, is_folder = real(path)
    return FoundPath(path, place, is_folder)


def _holds_any(root: bytes, found: Sequence[FoundPath]) -> bool:
    return any(one.place is not None and is_inside(one.place, root) for one in found)
