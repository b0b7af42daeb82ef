"""Telling a file that is gone from a library that is not mounted here, or whose server is away."""

from musicai.errors import PermissionDeniedError, TimedOutError, UnreadableError, VanishedError
from musicai.library.mounted import check_mounted
from musicai.pipeline.answer import Answer, Refused
from musicai.storage.url import is_url

_OF_THE_MOUNT = (VanishedError.code, UnreadableError.code)
_OF_THE_SERVER = (*_OF_THE_MOUNT, PermissionDeniedError.code, TimedOutError.code)
"""Credentials that ran out, and a server that stalls, concern a whole library."""


def is_worth_another_look(answer: Answer, library: str, root: bytes) -> bool:
    """Whether a track was refused for a fault of its server that has passed meanwhile.

    Without this a node with a missing mount would put a whole library into quarantine within minutes.

    Raises
    ------
    NodeFaultError: the whole library is not there.
    """
    codes = _OF_THE_SERVER if is_url(root) else _OF_THE_MOUNT
    if not isinstance(answer, Refused) or answer.code not in codes:
        return False
    check_mounted(library, root)
    return is_url(root) and answer.code == UnreadableError.code
