"""Several hosts on one machine: namespaces of their own for network, name, processes and mounts."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

_ENTER = """hostname "$1" && shift
while [ "$1" != -- ]; do mount --bind "$1" "$2" && shift 2 || exit 1; done
shift && exec "$@"
"""


@dataclass(frozen=True)
class Host:
    """One host of a network.

    Parameters
    ----------
    address: where the others find it.
    mounts: folders of this machine by where the host sees them.
    """

    name: str
    space: str
    address: str
    mounts: Mapping[Path, Path]

    @property
    def prefix(self) -> tuple[str, ...]:
        """What goes before a command that is to run on the host."""
        mounts = (str(part) for target, source in self.mounts.items() for part in (source, target))
        own = ("unshare", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child")
        return ("ip", "netns", "exec", self.space, *own, "sh", "-c", _ENTER, "sh", self.name, *mounts, "--")

    def cut(self) -> None:
        """Pull the plug: packets are lost, and nobody is told."""
        _ip("-n", self.space, "link", "set", "lan", "down")

    def heal(self) -> None:
        """Put it back."""
        _ip("-n", self.space, "link", "set", "lan", "up")

    def crash(self) -> None:
        """Kill everything that runs on it."""
        for pid in subprocess.check_output(["ip", "netns", "pids", self.space], text=True).split():
            if psutil.pid_exists(int(pid)):
                psutil.Process(int(pid)).kill()


def ask_to_end(process: "subprocess.Popen[Any]") -> None:
    """Send SIGTERM to a process; to the one on the host when `Host.prefix` stands before it."""
    outer = psutil.Process(process.pid)
    # unshare waits for its child, and is deaf
    for inner in outer.children() if outer.name() == "unshare" else [outer]:
        inner.terminate()


class Network:
    """A switch, and hosts on it. This machine is on it too."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._name = stack, f"mai{uuid4().hex[:6]}"
        self._net = f"10.{random.randrange(64, 128)}.{random.randrange(256)}"
        self._switch = self._space("sw")
        _ip("-n", self._switch, "link", "add", "lan", "type", "bridge")
        _ip("-n", self._switch, "link", "set", "lan", "up")
        self._plug(None, 1)
        self._count = 1

    def host(self, name: str, mounts: Mapping[Path, Path] | None = None) -> Host:
        """Add a host."""
        self._count += 1
        space = self._space(name)
        address = self._plug(space, self._count)
        _ip("-n", space, "link", "set", "lo", "up")
        return Host(name, space, address, mounts or {})

    def _space(self, name: str) -> str:
        space = f"{self._name}-{name}"
        _ip("netns", "add", space)
        self._stack.callback(_ip, "netns", "del", space)
        return space

    def _plug(self, space: str | None, number: int) -> str:
        """Connect a namespace, or this machine, to the switch; return its address."""
        ours = "lan" if space else f"{self._name}-us"
        end = f"p{number}"
        inside = ("netns", space) if space else ()
        _ip("link", "add", ours, *inside, "type", "veth", "peer", "name", end, "netns", self._switch)
        if space is None:
            self._stack.callback(_ip, "link", "del", ours)
        _ip("-n", self._switch, "link", "set", end, "master", "lan", "up")
        at = ("-n", space) if space else ()
        _ip(*at, "addr", "add", f"{self._net}.{number}/24", "dev", ours)
        _ip(*at, "link", "set", ours, "up")
        return f"{self._net}.{number}"


@contextmanager
def network() -> Iterator[Network]:
    """Make a network as long as the block; skips where the machine does not let us."""
    if os.geteuid() != 0 or not all(shutil.which(program) for program in ("ip", "unshare")):
        pytest.skip("needs root, `ip` and `unshare` to make network namespaces")
    trial = f"mai{uuid4().hex[:6]}"
    if subprocess.run(["ip", "netns", "add", trial], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("this machine makes no network namespaces")
    _ip("netns", "del", trial)
    with ExitStack() as stack:
        yield Network(stack)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
