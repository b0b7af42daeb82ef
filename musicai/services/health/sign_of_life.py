"""What a worker writes about itself every few seconds, and others on its machine read.

A file and not an answer to a ping: the part of a worker that answers pings goes on when the part that takes
messages has stopped.
"""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from musicai.config import Settings
from musicai.process import ProcessIdentity

EVERY_S = 5.0
# of a container that is gone, in a folder that containers share: nobody else can tell
_LEFT_BEHIND_S = 24 * 3600


@dataclass(frozen=True)
class SignOfLife:
    """What a worker says of itself.

    Parameters
    ----------
    host, pid, started: which process it is, see `ProcessIdentity`.
    queues: what it consumes.
    processes: how many pool processes it has.
    busy: how many messages they have in hand.
    idle_s: how long a process has been free while none took a message.
    at: when it was written, on the monotonic clock of this machine.
    """

    host: str
    pid: int
    started: float
    queues: tuple[str, ...]
    processes: int
    busy: int
    idle_s: float
    at: float

    @property
    def age_s(self) -> float:
        """Seconds since it was written."""
        return time.monotonic() - self.at

    @property
    def identity(self) -> ProcessIdentity:
        """The process that wrote it."""
        return ProcessIdentity(self.host, self.pid, self.started)

    def write(self, settings: Settings) -> None:
        """Replace what this process wrote before. No flush: it need not survive a power cut."""
        file = _folder(settings) / f"{self.host}-{self.pid}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".fresh")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(file)


def living(settings: Settings) -> Iterator[SignOfLife]:
    """Yield what the living workers of this machine wrote; what dead ones left is taken away."""
    for file in sorted(_folder(settings).glob("*.json")):
        with suppress(FileNotFoundError):  # another reader took it away
            sign = _read(file)
            if (
                sign is None
                or time.time() - file.stat().st_mtime > _LEFT_BEHIND_S
                or sign.identity.is_known_dead()
            ):
                file.unlink()
            elif sign.identity.is_local:
                yield sign


def _read(file: Path) -> SignOfLife | None:
    """Return what a file says; None when a power cut or another version left something else."""
    try:
        given = json.loads(file.read_text())
        return SignOfLife(**given | {"queues": tuple(given["queues"])})
    except (ValueError, TypeError, KeyError):
        return None


def _folder(settings: Settings) -> Path:
    return settings.run_folder / "health"
