"""Who needs the private broker: all hold one lock, and the kernel drops that of a killed process."""

import fcntl
import os
from pathlib import Path


class Users:
    """The users of one server, this process perhaps among them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "users.lock"
        self._held: int | None = None

    @property
    def has_joined(self) -> bool:
        """Whether this process is among them."""
        return self._held is not None

    def join(self) -> None:
        """Count this process among the users."""
        if self._held is None:
            self._held = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Count this process no longer."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def exist(self) -> bool:
        """Whether anybody holds the lock now."""
        try:
            file = os.open(self._file, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False
