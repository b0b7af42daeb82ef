"""One process of a service: started in its own session, stopped in steps, its log bounded."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from musicai.errors import ServiceError
from musicai.process import ProcessIdentity
from musicai.services.node import log, tether

# what a worker needs to finish the tracks in its hands
_LEFT_BEHIND_S = 10.0
# one that was killed is gone at once, unless the machine has no time for it
_KILLED_S = 10.0


@dataclass
class Child:
    """What to run, and the process that runs it.

    Parameters
    ----------
    name: the service, as people know it.
    command: program and arguments.
    environment: the whole environment of the process.
    folder: the run folder; the process works in it, so that nothing of the user's folder is imported.
    steps: the signals that ask it to stop, and the seconds that each is given.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    steps: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 1.0),)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """File of everything that the process prints."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Process number, or None when it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; one that an earlier supervisor left behind is stopped first.

        Raises
        ------
        ServiceError: the process or its log cannot be made.
        """
        self._stop_left_behind()
        tethered = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *self.command]
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            log.trim(self.log)
            with self.log.open("ab") as output:
                self._process = subprocess.Popen(
                    tethered,
                    env=self.environment,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C goes to the supervisor alone, which stops the services in their order
                    start_new_session=True,
                )
            self._record.write_text(json.dumps(asdict(ProcessIdentity.of(self._process.pid))))
        except OSError as err:
            raise ServiceError(f"cannot start the {self.name}: {err}") from err

    def ended(self) -> int | None:
        """Return the exit status if the process ended by itself, having removed what is left of it."""
        log.trim(self.log)
        status = self._process.poll() if self._process else None
        if status is not None:
            self.kill()  # pool processes may outlive the worker's main process
        return status

    def stop(self) -> None:
        """Ask the main process to end, step by step; kill whatever is left then."""
        for number, patience_s in self.steps:
            if self._process and self._process.poll() is None:
                self._process.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(patience_s)
        self.kill()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        self._record.unlink(missing_ok=True)

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.name}.json"

    def _stop_left_behind(self) -> None:
        """Stop the process of a supervisor that was killed; whoever starts this one holds its lock."""
        try:
            identity = ProcessIdentity(**json.loads(self._record.read_text()))
        except (OSError, ValueError, TypeError):
            return
        if not identity.is_known_alive():
            return
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            psutil.Process(identity.pid).terminate()
            identity.ends_within(_LEFT_BEHIND_S)
            os.killpg(identity.pid, signal.SIGKILL)
            identity.ends_within(_KILLED_S)
