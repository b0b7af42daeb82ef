"""Where a scan goes: the places of its targets as this node sees them, each file in one of them only."""

# paths are bytes here, which pathlib does not take
# ruff: noqa: PTH112

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from musicai.catalogue.files import library_root
from musicai.catalogue.session import reading
from musicai.catalogue.tables import Library
from musicai.config import Mounts
from musicai.errors import NotFoundError
from musicai.library.place import real_root
from musicai.services.scan_options import Target
from musicai.storage.url import is_inside, is_url, join, relative


@dataclass(frozen=True)
class Stretch:
    """A part of a library to walk.

    Parameters
    ----------
    name: the library's.
    prune: folders below that belong to other libraries.
    """

    library_id: int
    name: str
    root: bytes
    under: bytes
    prune: frozenset[bytes] = frozenset()


def stretches(engine: Engine, targets: Sequence[Target], mounts: Mounts) -> tuple[Stretch, ...]:
    """Return what to walk for some targets. A library inside another one keeps its tracks to itself.

    Disks are looked at, which may hang: no transaction is open meanwhile.

    Raises
    ------
    NotFoundError: a library's folder is not there on this node.
    """
    with reading(engine) as session:
        libraries = {row.id: row for row in session.scalars(select(Library))}
    roots = {key: real_root(library_root(row.name, row.root, mounts)) for key, row in libraries.items()}
    wanted = list(dict.fromkeys(targets))
    for target in wanted:  # grows while it is read
        _check_root(libraries, roots, target)
        inner = _inside(roots, target)
        wanted += [Target(key) for key in inner if Target(key) not in wanted and _is_there(roots[key])]
    return tuple(
        Stretch(
            target.library_id,
            libraries[target.library_id].name,
            roots[target.library_id],
            target.under,
            frozenset(relative(roots[key], roots[target.library_id]) for key in _inside(roots, target)),
        )
        for target in _without_nested(wanted)
    )


def _check_root(libraries: Mapping[int, Library], roots: Mapping[int, bytes], target: Target) -> None:
    if target.library_id not in libraries:
        raise NotFoundError(f"there is no library {target.library_id} in the catalogue")
    name, root = libraries[target.library_id].name, roots[target.library_id]
    if not _is_there(root):
        raise NotFoundError(
            f"library {name!r} is not at {os.fsdecode(root)!r} on this node: mount it,"
            f" set MUSICAI_MOUNTS={name}=/its/place, or enqueue its new place with --library {name}"
        )


def _is_there(root: bytes) -> bool:
    return is_url(root) or os.path.isdir(root)  # a walk says it of a URL, with one request less


def _inside(roots: Mapping[int, bytes], target: Target) -> list[int]:
    """Return the libraries whose roots lie below a target."""
    root = roots[target.library_id]
    start = join(root, target.under)
    return [key for key, other in roots.items() if other != root and is_inside(other, start)]


def _without_nested(targets: Iterable[Target]) -> list[Target]:
    """Drop targets that lie inside others: a track must not be counted twice."""
    targets = list(targets)
    return [
        target
        for target in targets
        if not any(
            other != target
            and other.library_id == target.library_id
            and (not other.under or is_inside(target.under, other.under))
            for other in targets
        )
    ]
