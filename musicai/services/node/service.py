"""A service of this machine: run by one supervisor at a time, started again when it dies."""

import time
from dataclasses import dataclass, field

import filelock

from musicai.errors import CatalogueOutdatedError, ServiceError
from musicai.services.node import log
from musicai.services.node.child import Child

# A process that lived this long had started well; a shorter life counts towards giving up.
_LIVED_S = 30.0
_SHORT_LIVES = 3
_FIRST_PAUSE_S = 0.5


@dataclass
class Service:
    """One child, the lock that says who runs it, and what became of it so far."""

    child: Child
    vital: bool = True
    _lock: filelock.BaseFileLock = field(init=False)
    _begun: float = field(default=0.0, init=False)
    _due: float | None = field(default=None, init=False)
    _short_lives: int = field(default=0, init=False)
    _given_up: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        # a lock of the process, not of one thread: the kernel drops it with the process
        self._lock = filelock.FileLock(
            self.child.folder / f"{self.child.name}.lock", blocking=False, thread_local=False
        )

    @property
    def is_ours(self) -> bool:
        """Whether this process runs the service, and no other on this machine."""
        return self._lock.is_locked

    def claim(self) -> bool:
        """Become the one who runs the service; False when another supervisor does.

        Raises
        ------
        ServiceError: the run folder cannot be written.
        """
        try:
            self._lock.acquire()
        except filelock.Timeout:
            return False
        except OSError as err:
            raise ServiceError(f"cannot start the {self.child.name}: {err}") from err
        return True

    def begin(self) -> None:
        """Start the process of a service that was claimed."""
        self._begun, self._due = time.monotonic(), None
        self.child.start()

    def describe(self) -> str:
        """Return who runs the service, for people."""
        if not self.is_ours:
            return "run by another musicai on this machine"
        return f"process {self.child.pid}"

    def check(self) -> list[str]:
        """Start it again if it died, or if its supervisor is gone; return what happened.

        Raises
        ------
        ServiceError: it dies again and again; the end of its log is quoted.
        CatalogueOutdatedError: it ended because the catalogue was upgraded: the same code would end again.
        """
        if not self.is_ours:
            return self._take_over()
        if self._given_up:
            return []
        if self._due is not None:
            return self._begin_again()
        status = self.child.ended()
        return [] if status is None else self._died(status)

    def release(self) -> None:
        """Let another supervisor run the service."""
        self._lock.release()

    def _take_over(self) -> list[str]:
        if not self.claim():
            return []
        self.begin()
        return [f"{self.child.name}: taken over"]

    def _begin_again(self) -> list[str]:
        assert self._due is not None  # noqa: S101 - check() has looked
        if time.monotonic() < self._due:
            return []
        self.begin()
        return [f"{self.child.name}: started again"]

    def _died(self, status: int) -> list[str]:
        lived_s = time.monotonic() - self._begun
        self._short_lives = self._short_lives + 1 if lived_s < _LIVED_S else 0
        if status == CatalogueOutdatedError.exit_status:
            raise CatalogueOutdatedError(
                f"the catalogue was upgraded and the {self.child.name} ended; its log "
                f"{self.child.log}:\n{log.last_words(self.child.log)}"
            )
        how = f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
        if self._short_lives >= _SHORT_LIVES:
            return self._give_up(how)
        self._due = time.monotonic() + _FIRST_PAUSE_S * 2**self._short_lives
        return [f"{self.child.name}: {how}, starts again"]

    def _give_up(self, how: str) -> list[str]:
        said = (
            f"the {self.child.name} does not stay up ({how}, {_SHORT_LIVES} times in a row); "
            f"the end of its log {self.child.log}:\n{log.tail(self.child.log)}"
        )
        if self.vital:
            raise ServiceError(said)
        self._given_up = True
        return [said]
