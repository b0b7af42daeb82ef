"""Whether a library is there at all on this node."""

import os
from pathlib import Path

from musicai.errors import NodeFaultError


def holds_anything(root: bytes) -> bool:
    """Whether the folder of a library is there and is not empty, as a bare mount point is."""
    try:
        return next(Path(os.fsdecode(root)).iterdir(), None) is not None
    except OSError:
        return False


def check_mounted(library: str, root: bytes) -> None:
    """Raise NodeFaultError when the folder of a library is absent, or empty as a bare mount point is."""
    if not holds_anything(root):
        raise NodeFaultError(
            f"library {library!r} is not at {os.fsdecode(root)}: mount it, or set"
            f" MUSICAI_MOUNTS={library}=/path"
        )
