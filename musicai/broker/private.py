"""The private broker: one server per home folder, shared by everybody who needs it at the moment.

There is no owner. Each process that needs the server holds a shared lock on one file for as long as it
does, and whoever leaves last stops the server. The kernel drops the lock of a killed process, so a server
that was left behind is adopted by the next one that needs it, and stopped when that one leaves.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import filelock
import psutil

from musicai.broker import address, server
from musicai.broker.health import connect, is_answering
from musicai.broker.users import Users
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError
from musicai.process import ProcessIdentity

_START_S = 30.0
_LOOK_S = 0.02
_LOOKS = 500
"""For the process number. Counted, not timed: a machine that stood still gave the server no time."""


class PrivateBroker:
    """The server of one home folder, as one process sees it.

    Parameters
    ----------
    settings: they name the home folder.
    program: the server to run; None looks for one.
    """

    def __init__(self, settings: Settings, program: Path | None = None) -> None:
        self.folder = address.data_folder(settings)
        self.socket = address.socket_path(settings)
        self._url = address.broker_url(settings)
        self._program = program
        self._users = Users(self.folder)

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self) -> str:
        """Return the URL for Celery."""
        return self._url

    def is_alive(self) -> bool:
        """Whether the server answers now."""
        return is_answering(self._url)

    def pid(self) -> int | None:
        """Return the server's process number, or None when none runs."""
        identity = server.recall(self.folder)
        return identity.pid if identity else None

    def is_in_use(self) -> bool:
        """Whether anybody needs it; a server that nobody needs was left behind by a killed process."""
        return self._users.exist()

    def ensure(self) -> bool:
        """Make sure that the server runs, and count this process among its users.

        Returns whether it had to be started.

        Raises
        ------
        BrokerUnavailableError: no server program, or it does not start; the end of its log is quoted.
        """
        address.make_private(self.folder)
        address.make_private(self.socket.parent)
        with self._exclusively():
            self._users.join()
            try:
                return self._make_sure()
            except BrokerUnavailableError:
                self._users.leave()
                raise

    def keep_alive(self) -> bool:
        """Start the server again if it died, with the data it had; to be called about once a second.

        Returns whether it had to be started.
        """
        if self.is_alive() or (server.recall(self.folder) and self.socket.exists()):
            return False  # a server that is slow to answer is not dead
        return self.ensure()

    def stop(self) -> bool:
        """Need the server no longer; stop it when nobody else does. Returns whether it was stopped."""
        if not self._users.has_joined:
            return False
        with self._exclusively():
            self._users.leave()
            alone = not self._users.exist()
            identity = server.recall(self.folder)
            if alone and identity:
                server.terminate(identity)
            return alone

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Hold the lock under which the server starts and stops."""
        try:
            with filelock.FileLock(self.folder / "start.lock", timeout=2 * _START_S):
                yield
        except OSError as err:  # no room, no permission, or somebody else who hangs while he starts it
            raise BrokerUnavailableError(f"private broker in {self.folder}: {err}") from err

    def _make_sure(self) -> bool:
        if self.is_alive():
            self._recognise()
            return False
        self._clear_away()
        if self.is_alive():
            return False  # it had only been loading
        self._start()
        return True

    def _recognise(self) -> None:
        """Remember a server whose starter was killed before he could write down which one it is."""
        if server.recall(self.folder) is None:
            with connect(self._url) as client:
                server.remember(self.folder, int(client.info("server")["process_id"]))

    def _clear_away(self) -> None:
        """Deal with a server that runs but does not answer: still loading, hung, or without its socket."""
        identity = server.recall(self.folder)
        if identity is None:
            return
        if not self.socket.exists():
            server.terminate(identity)
        elif self._answers_while(identity):
            return
        elif identity.is_alive():
            raise BrokerUnavailableError(
                f"private broker: process {identity.pid} runs but does not answer at {self.socket}; "
                f"end it (kill {identity.pid}) and try again"
            )

    def _start(self) -> None:
        server.spawn(self._program or server.find_server(), self.folder, self.socket)
        identity = self._started()
        if identity is None or not self._answers_while(identity):
            said = server.last_lines(self.folder / "broker.log")
            raise BrokerUnavailableError(
                f"private broker does not start:\n{said}\n"
                f"(its messages only wake workers up: nothing is lost if you remove {self.folder})"
            )

    def _started(self) -> ProcessIdentity | None:
        """Wait for the process number that the server leaves, and remember it."""
        for _ in range(_LOOKS):
            try:
                return server.remember(self.folder, int(server.pid_file(self.folder).read_text()))
            except (FileNotFoundError, ValueError):
                time.sleep(_LOOK_S)  # not yet written, or half of it
            except psutil.NoSuchProcess:
                return None
        return None

    def _answers_while(self, identity: ProcessIdentity) -> bool:
        """Wait until the server answers; False when it dies first or takes too long."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and identity.is_alive():
            if self.is_alive():
                return True
            time.sleep(_LOOK_S)
        return False
