"""A regular file, opened by bytes, that knows when the storage and not the content is at fault."""

import errno
import os
import stat
from pathlib import Path
from types import TracebackType

from musicai.errors import (
    ChangedError,
    EmptyFileError,
    MusicAIError,
    NodeFaultError,
    NotAudioError,
    PermissionDeniedError,
    TrackError,
    UnreadableError,
    VanishedError,
)
from musicai.library_file import READ, LibraryFile

AnyPath = str | bytes | os.PathLike[str] | LibraryFile
_BLOCK = 1 << 20
_MOST_CHECKED = 1 << 26
"""A failed file is read again up to here: is the storage the culprit? Sparse files may be huge."""


class RegularFile:
    """An open file descriptor of a regular file that is not empty.

    Never blocks on FIFOs and devices: they are opened without waiting and turned away by their type.
    A `LibraryFile` is opened within its library; any other path is a person's, and leads where it leads.
    """

    def __init__(self, path: AnyPath) -> None:
        self.fd = _open(path)
        try:
            self._seen = os.fstat(self.fd)
            _check_kind(self._seen)
        except TrackError:
            os.close(self.fd)
            raise
        self.size = self._seen.st_size
        self.mtime_ns = self._seen.st_mtime_ns

    def read_at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end of the file."""
        try:
            return os.pread(self.fd, count, offset) if offset >= 0 else b""
        except OverflowError:  # an offset from a header that claims more than 63 bits
            return b""
        except OSError as err:
            raise _translated(err) from err

    def check_unchanged(self) -> None:
        """Raise ChangedError when size or time of change differ from when the file was opened."""
        now = os.fstat(self.fd)
        if (now.st_size, now.st_mtime_ns) != (self._seen.st_size, self._seen.st_mtime_ns):
            raise ChangedError("the file changed while it was read; it is taken up again by the next scan")

    def check_readable(self) -> None:
        """Raise UnreadableError when the storage cannot give the file's bytes."""
        for offset in range(0, min(self.size, _MOST_CHECKED), _BLOCK):
            self.read_at(offset, _BLOCK)

    def close(self) -> None:
        """Close the descriptor; twice is allowed."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> "RegularFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(path: AnyPath) -> int:
    try:
        return path.open() if isinstance(path, LibraryFile) else os.open(os.fsencode(path), READ)
    except (OSError, ValueError) as err:
        if isinstance(err, ValueError):  # an embedded zero byte: no such file can exist
            raise VanishedError("no file can have this name") from err
        if _is_no_regular_file(path):  # sockets and some devices refuse to be opened at all
            raise NotAudioError("not a regular file") from err
        raise _translated(err) from err


def _is_no_regular_file(path: AnyPath) -> bool:
    try:
        return not stat.S_ISREG(Path(os.fsdecode(path)).stat().st_mode)
    except OSError:
        return False


def _check_kind(seen: os.stat_result) -> None:
    if not stat.S_ISREG(seen.st_mode):
        raise NotAudioError("not a regular file")
    if seen.st_size == 0:
        raise EmptyFileError("the file has no bytes")


def _translated(err: OSError) -> MusicAIError:
    reason = os.strerror(err.errno or errno.EIO)
    if err.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return NodeFaultError(f"no file can be opened: {reason}")  # the fault of no file
    if err.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ELOOP, errno.ENAMETOOLONG):
        return VanishedError(f"the file is gone: {reason}")
    if err.errno in (errno.EACCES, errno.EPERM):
        return PermissionDeniedError(f"the file may not be read: {reason}")
    return UnreadableError(f"the storage failed: {reason}")
