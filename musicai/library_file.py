"""A file of a library, and no other: neither upwards, nor through a link that nobody asked to follow.

A row of the catalogue says where a file lies, and a worker reads it with rights of its own. Whoever can
write a row, or plant a link in the library after it was scanned, must not make it read anything else.
"""

import os
import stat
from dataclasses import dataclass

from musicai.errors import OutsideError
from musicai.storage.url import join

READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""How audio is opened: FIFOs and devices must not block."""
# where a system has it, O_PATH asks for no right to list a folder that one may only pass through
_PASS = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)


@dataclass(frozen=True)
class LibraryFile(os.PathLike[bytes]):
    """Where a track lies on this node. As a path it is absolute; `open` is the safe way in.

    Parameters
    ----------
    root: folder of the library on this node; it may be a link, for who runs the node has set it. Or a URL.
    path: relative to the root, as bytes.
    follow_links: whether links below the root may be followed, wherever they lead: `--follow-symlinks`.
    """

    root: bytes
    path: bytes
    follow_links: bool = False

    def __fspath__(self) -> bytes:
        return join(self.root, self.path)

    def check(self) -> None:
        """Raise OutsideError when the path leads upwards; all that can be asked of a URL."""
        self._parts()

    def open(self) -> int:
        """Return a descriptor for reading; the caller closes it.

        Folder after folder is opened within the one before, so that no link can be put in between.

        Raises
        ------
        OutsideError: the path leads upwards, or through a link that may not be followed.
        OSError: as `os.open`.
        """
        parts = self._parts()
        if self.follow_links:
            return os.open(os.fspath(self), READ)
        folder = os.open(self.root, _PASS)
        try:
            for name in parts[:-1]:
                inner = self._step(name, folder, _PASS)
                os.close(folder)
                folder = inner
            return self._step(parts[-1], folder, READ)
        finally:
            os.close(folder)

    def _parts(self) -> list[bytes]:
        parts = self.path.split(b"/")
        if any(part in (b"", b".", b"..") for part in parts):
            raise OutsideError(f"{os.fsdecode(self.path)!r} is no path inside a library")
        return parts

    def _step(self, name: bytes, folder: int, flags: int) -> int:
        try:
            return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as err:
            if not _is_link(name, folder):
                raise
            raise OutsideError(
                f"{os.fsdecode(name)!r} has become a link since the scan; `musicai enqueue"
                " --follow-symlinks` follows links"
            ) from err


def _is_link(name: bytes, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
