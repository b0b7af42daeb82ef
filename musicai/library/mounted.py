"""Whether a library is there at all on this node."""

import os
from pathlib import Path

from musicai.errors import NodeFaultError, TrackError
from musicai.storage.opening import storage
from musicai.storage.url import is_url, split


def holds_anything(root: bytes) -> bool:
    """Whether the folder of a library is there and is not empty, as a bare mount point is.

    Of a URL it is believed: whoever lists it finds out.
    """
    if is_url(root):
        return True
    try:
        return next(Path(os.fsdecode(root)).iterdir(), None) is not None
    except OSError:
        return False


def check_mounted(library: str, root: bytes) -> None:
    """Raise NodeFaultError when the folder of a library is absent, or empty as a bare mount point is.

    The server of a URL is asked once.
    """
    if is_url(root):
        _check_server(library, root)
    elif not holds_anything(root):
        raise NodeFaultError(
            f"library {library!r} is not at {os.fsdecode(root)}: mount it, or set"
            f" MUSICAI_MOUNTS={library}=/path"
        )


def _check_server(library: str, root: bytes) -> None:
    origin, path = split(root)
    try:
        storage(origin).check(path)
    except TrackError as err:
        raise NodeFaultError(
            f"library {library!r} cannot be read at {root.decode(errors='replace')} from this node: {err}"
        ) from err
