"""What every kind of server offers."""

import logging
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar, TypeVar

from musicai.errors import PermissionDeniedError, TrackError, UnreadableError, VanishedError
from musicai.storage.entry import Entry, Listed, Opened

log = logging.getLogger(__name__)

CONNECT_S = 5.0
STALL_S = 15.0
"""Seconds without a byte after which a server is asked again."""
PAUSES_S = (0.2, 1.0, 3.0)
"""Before a request is sent again that failed by a fault that may pass."""

T = TypeVar("T")
Enters = Callable[[bytes], bool]
"""Whether a folder, by its path on the server, is to be listed."""


class Storage(ABC):
    """One server or bucket, for one thread of one process.

    Faults come out as errors of tracks: `VanishedError` (404), `PermissionDeniedError` (401, 403),
    `ChangedError`, and `UnreadableError` for what did not pass after some attempts.
    """

    kind: ClassVar[str]
    """One of `entry.KINDS`: which rule tells whether a file changed."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def walk(self, folder: bytes, enters: Enters) -> Iterator[Listed]:
        """List a folder and everything below it; memory does not grow with the number of files.

        Raises
        ------
        VanishedError, PermissionDeniedError: the folder itself cannot be listed.
        UnreadableError: the server does not answer.
        """
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                for listed, folders in self.pages(current):
                    pending += [path for path in folders if enters(path)]
                    yield listed
            except (VanishedError, PermissionDeniedError) as err:
                if current == folder:
                    raise
                yield Listed(current, [], complete=False, fault=_reason(err))

    @abstractmethod
    def pages(self, folder: bytes) -> Iterator[tuple[Listed, list[bytes]]]:
        """Yield what lies in one folder, and the folders in it."""

    @abstractmethod
    def look(self, path: bytes) -> Entry:
        """Return what the server says of one file."""

    @abstractmethod
    def open(self, path: bytes, count: int) -> Opened:
        """Return a file's entry and its first `count` bytes."""

    @abstractmethod
    def read(self, entry: Entry, start: int, count: int) -> bytes:
        """Return bytes of this version of a file; ChangedError when there is another one now."""

    @abstractmethod
    def is_folder(self, path: bytes) -> bool:
        """Whether a path is a folder and not a file; VanishedError when it is neither."""

    @abstractmethod
    def check(self, folder: bytes) -> None:
        """Raise an error of tracks unless the server lets us see a folder. Asked once, without patience."""

    def stream(self, entry: Entry, write: Callable[[bytes], object]) -> None:
        """Hand over all of a file that is not `ranged`."""
        raise AssertionError(f"{self.origin} gives any range of {entry.path!r}")

    def looks(self, paths: Sequence[bytes]) -> list[Entry | TrackError]:
        """Return what the server says of several files, or why it does not."""
        return [self._looked(path) for path in paths]

    def _looked(self, path: bytes) -> Entry | TrackError:
        try:
            return self.look(path)
        except (VanishedError, PermissionDeniedError) as err:
            return err

    def gone(self, paths: Sequence[bytes]) -> set[bytes]:
        """Return those of some paths at which, as the server says, nothing is."""
        return {
            p for p, found in zip(paths, self.looks(paths), strict=True) if isinstance(found, VanishedError)
        }

    def playlist(self, path: bytes) -> Iterable[bytes] | None:
        """Return the paths that a playlist names, None when the file is none."""
        return None

    def close(self) -> None:
        """Free what is open on the server; the storage opens it again when it is asked."""
        return


def patiently(call: Callable[[], T]) -> T:
    """Return what a call returns; a fault of the server is given some seconds to pass.

    Raises
    ------
    UnreadableError: it did not.
    """
    for pause_s in PAUSES_S:
        try:
            return call()
        except UnreadableError as err:
            log.info("%s; trying again", err)
        # not all at the same moment: the server may be slow because so many ask
        time.sleep(pause_s * random.uniform(0.5, 1.5))
    return call()


def _reason(err: TrackError) -> str:
    return str(err)
