"""Who is alive on this machine: the identity of a process, safe against reused process numbers."""

import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

# Two readings of one start time may differ by the clock tick that /proc counts in.
_START_TOLERANCE_S = 0.5


@dataclass(frozen=True)
class ProcessIdentity:
    """Host, number and start time of one process."""

    host: str
    pid: int
    started: float

    @classmethod
    def current(cls) -> "ProcessIdentity":
        """Return the identity of the calling process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        """Return the identity of a process on this machine; psutil.NoSuchProcess when there is none."""
        return cls(socket.gethostname(), pid, _started(psutil.Process(pid)))

    @classmethod
    def from_text(cls, text: str) -> "ProcessIdentity":
        """Read what `to_text` wrote."""
        host, pid, started = text.rsplit(" ", 2)
        return cls(host, int(pid), float(started))

    def to_text(self) -> str:
        """Return HOST PID START, as the catalogue keeps it."""
        return f"{self.host} {self.pid} {self.started!r}"

    @property
    def is_local(self) -> bool:
        """Whether the process belongs to this machine, so that `is_alive` can tell."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether this very process still runs here (not a later one that got its number).

        One that was killed and waits for a disk that does not answer is dead: it will never do anything.
        """
        try:
            process = psutil.Process(self.pid)
            same = abs(_started(process) - self.started) < _START_TOLERANCE_S
            return same and process.status() != psutil.STATUS_ZOMBIE and not _is_doomed(process)
        except psutil.NoSuchProcess:
            return False

    def is_known_alive(self) -> bool:
        """Whether it runs, as far as this machine can tell: not of a process of another one."""
        return self.is_local and self.is_alive()

    def is_known_dead(self) -> bool:
        """Whether it is gone, as far as this machine can tell: not of a process of another one."""
        return self.is_local and not self.is_alive()

    def ends_within(self, patience_s: float) -> bool:
        """Wait for its end; return whether it came. A zombie has ended, whenever its parent looks."""
        deadline = time.monotonic() + patience_s
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _is_doomed(process: psutil.Process) -> bool:
    """Whether a process was killed, and the kernel waits for a disk before it can end it."""
    if sys.platform != "linux" or process.status() != psutil.STATUS_DISK_SLEEP:
        return False
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return False
    pending = [int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(signals >> (signal.SIGKILL - 1) & 1 for signals in pending)


def _started(process: psutil.Process) -> float:
    """Return when a process started, in seconds: on Linux since the machine did.

    Linux computes the time of day from that and from the clock as it goes now: whenever the clock is
    corrected, all that lives would seem dead.
    """
    created = process.create_time()
    return created - psutil.boot_time() if sys.platform == "linux" else created
