"""Who speaks to which server. One connection for each thread, made when it is first needed.

Worker processes are forked: what a parent had open is never used by its children.
"""

import os
import threading

from musicai.errors import NodeFaultError
from musicai.storage.entry import Entry
from musicai.storage.storage import Storage
from musicai.storage.url import split

_EXTRAS = {"s3": "s3", "http": "http", "https": "http", "sftp": "sftp"}


class _Open(threading.local):
    """The storages of this thread, by process and origin."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.storages: dict[str, Storage] = {}


_open = _Open()
_of_parents: list[dict[str, Storage]] = []


def storage(origin: str) -> Storage:
    """Return what speaks to a server or bucket, as `url.split` names it.

    Raises
    ------
    NodeFaultError: the library for this kind of URL is not installed on this node.
    UnreadableError, PermissionDeniedError: the server lets nobody in.
    """
    if _open.pid != os.getpid():
        # kept, not closed: parent and child share the selector that its sockets are registered with
        _of_parents.append(_open.storages)
        _open.pid, _open.storages = os.getpid(), {}
    if origin not in _open.storages:
        _open.storages[origin] = _made(origin)
    return _open.storages[origin]


def look(url: bytes) -> Entry:
    """Return what its server says of a file; errors as of `storage` and `Storage.look`."""
    origin, path = split(url)
    return storage(origin).look(path)


def _made(origin: str) -> Storage:
    # imported late: they load clients of servers, half a second that a library in a folder never needs
    scheme = origin.partition("://")[0]
    try:
        if scheme == "s3":
            from musicai.storage.s3 import S3Storage  # noqa: PLC0415

            return S3Storage(origin)
        if scheme == "sftp":
            from musicai.storage.sftp import SftpStorage  # noqa: PLC0415

            return SftpStorage(origin)
        from musicai.storage.web import WebStorage  # noqa: PLC0415

        return WebStorage(origin)
    except ImportError as err:
        extra = _EXTRAS[scheme]
        raise NodeFaultError(
            f"{scheme}:// comes with `pip install 'musicai[{extra}]'` on every node: {err}"
        ) from err
