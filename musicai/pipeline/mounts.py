"""Telling a file that is gone from a library that is not mounted here."""

from musicai.errors import UnreadableError, VanishedError
from musicai.library.mounted import check_mounted
from musicai.pipeline.answer import Answer, Refused

_OF_THE_MOUNT = (VanishedError.code, UnreadableError.code)


def check_mount(answer: Answer, library: str, root: bytes) -> None:
    """Raise NodeFaultError when a track cannot be read because its whole library is not there.

    Without this a node with a missing mount would put a whole library into quarantine within minutes.
    """
    if not isinstance(answer, Refused) or answer.code not in _OF_THE_MOUNT:
        return
    check_mounted(library, root)
