"""Which walk goes through a library, and which of its paths are empty: in a folder, or behind a URL."""

# paths are bytes here, which pathlib does not take
# ruff: noqa: PTH116, PTH118

import errno
import os
from collections.abc import Iterator, Sequence
from typing import Protocol

from musicai.errors import NodeFaultError, NotFoundError, PermissionDeniedError, UnreadableError
from musicai.library.place import real
from musicai.library.report import WalkReport
from musicai.library.walk import FolderBatch, Walk, WalkOptions
from musicai.storage.opening import storage
from musicai.storage.url import is_url, join, split


class AnyWalk(Protocol):
    """Iterating yields batches; `report` fills while it goes."""

    report: WalkReport

    def __iter__(self) -> Iterator[FolderBatch]:
        """Read folder by folder."""
        ...

    def stalled(self) -> NodeFaultError:
        """Return the error for a storage that does not answer."""
        ...


def open_walk(root: bytes, under: bytes, options: WalkOptions) -> AnyWalk:
    """Return what goes through a part of a library."""
    if not is_url(root):
        return Walk(root, under, options)
    from musicai.library.remote_walk import RemoteWalk  # noqa: PLC0415  # folders never need it

    return RemoteWalk(root, under, options)


def is_absent(root: bytes, under: bytes) -> bool:
    """Whether nothing is at a folder or file of a library. A fault is no proof of that.

    Raises
    ------
    NodeFaultError: the server does not answer.
    """
    if not is_url(root):
        return bool(absent(root, [under]))
    try:
        real(join(root, under))
    except NotFoundError:
        return True
    return False


def absent(root: bytes, paths: Sequence[bytes]) -> set[bytes]:
    """Return the paths of a library at which nothing is. A fault is no proof of that.

    Raises
    ------
    NodeFaultError: the server does not answer.
    """
    if not is_url(root):
        return {path for path in paths if _is_absent(os.path.join(root, path))}
    origin, prefix = split(root)
    keys = {(prefix + b"/" if prefix else b"") + path: path for path in paths}
    try:
        return {keys[key] for key in storage(origin).gone(list(keys))}
    except (UnreadableError, PermissionDeniedError) as err:
        raise NodeFaultError(f"{join(root, b'').decode(errors='replace')}: {err}") from err


def _is_absent(path: bytes) -> bool:
    try:
        os.stat(path)
    except OSError as err:
        return err.errno in (errno.ENOENT, errno.ENOTDIR)
    return False
