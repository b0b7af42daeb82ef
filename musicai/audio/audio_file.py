"""The bytes of an audio file, wherever they lie."""

import errno
import io
import os
from typing import Protocol

from musicai.audio.regular_file import AnyPath, RegularFile
from musicai.library_file import LibraryFile
from musicai.storage.url import is_url


class AudioFile(Protocol):
    """An open file that is not empty."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def mtime_ns(self) -> int:
        """When it was last changed."""
        ...

    def read_at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end of the file."""
        ...

    def check_unchanged(self) -> None:
        """Raise ChangedError when the file is not the one that was opened."""
        ...

    def check_readable(self) -> None:
        """Raise UnreadableError when the storage cannot give the file's bytes."""
        ...

    def close(self) -> None:
        """Free what is open; twice is allowed."""
        ...


class FileView:
    """What PyAV reads through: the bytes alone, without a name by which the content could be judged."""

    def __init__(self, file: AudioFile) -> None:
        self._file = file
        self._position = 0

    def read(self, count: int) -> bytes:
        """Return the next bytes."""
        data = self._file.read_at(self._position, count)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; return the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._file.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


class RawFile(io.RawIOBase):
    """The bytes as Python's own files offer them."""

    def __init__(self, file: AudioFile) -> None:
        super().__init__()
        self._file = file
        self._view = FileView(file)

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill a buffer with the next bytes."""
        data = self._view.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; return the new position. OSError before the beginning, as of Python's own files."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._file.size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return self._view.seek(base + offset)

    def tell(self) -> int:
        """Return the position."""
        return self._view.tell()

    def readable(self) -> bool:
        """Say so."""
        return True

    def seekable(self) -> bool:
        """Say so."""
        return True


def open_file(path: AnyPath) -> AudioFile:
    """Open a file of this machine, or one behind a URL; a `LibraryFile` within its library.

    Raises
    ------
    TrackError: it is not there, empty, no regular file, or cannot be read.
    """
    name = os.fsencode(path)
    if not is_url(name):
        return RegularFile(path)
    if isinstance(path, LibraryFile):
        path.check()
    from musicai.audio.remote_file import RemoteFile  # noqa: PLC0415  # folders never need it

    return RemoteFile(name)
