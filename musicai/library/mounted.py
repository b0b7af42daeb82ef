"""Whether a library is there at all on this node."""

import os
from pathlib import Path

from musicai.errors import NodeFaultError


def check_mounted(library: str, root: bytes) -> None:
    """Raise NodeFaultError when the folder of a library is absent, or empty as a bare mount point is."""
    folder = Path(os.fsdecode(root))
    try:
        is_mounted = next(folder.iterdir(), None) is not None
    except OSError:
        is_mounted = False
    if not is_mounted:
        raise NodeFaultError(
            f"library {library!r} is not at {folder}: mount it, or set MUSICAI_MOUNTS={library}=/path"
        )
