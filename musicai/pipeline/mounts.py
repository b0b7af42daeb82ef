"""Telling a file that is gone from a library that is not mounted here."""

from pathlib import Path

from musicai.errors import NodeFaultError, UnreadableError, VanishedError
from musicai.pipeline.answer import Answer, Refused

_OF_THE_MOUNT = (VanishedError.code, UnreadableError.code)


def check_mount(answer: Answer, library: str, root: bytes) -> None:
    """Raise NodeFaultError when a track cannot be read because its whole library is not there.

    Without this a node with a missing mount would put a whole library into quarantine within minutes.
    """
    if not isinstance(answer, Refused) or answer.code not in _OF_THE_MOUNT:
        return
    folder = Path(root.decode(errors="surrogateescape"))
    try:
        mounted = next(folder.iterdir(), None) is not None
    except OSError:
        mounted = False
    if not mounted:
        raise NodeFaultError(
            f"library {library!r} is not at {folder}: mount it, or set MUSICAI_MOUNTS={library}=/path"
        )
