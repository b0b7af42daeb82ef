"""A group of processes with a memory of their own: when it is full, the kernel kills one of them."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import until

_ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A control group of Linux, of either version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def limit(self, size: int) -> None:
        """Allow so many bytes, and no swap."""
        names = ("memory.max",) if self._is_v2 else ("memory.limit_in_bytes",)
        for name in names:
            (self._folder / name).write_text(str(size))

    def add(self, pid: int) -> None:
        """Take a process in; those that it starts from now on come along."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    @property
    def kills(self) -> int:
        """How many processes the kernel has killed in it."""
        name = "memory.events" if self._is_v2 else "memory.oom_control"
        words = dict(line.split() for line in (self._folder / name).read_text().splitlines())
        return int(words["oom_kill"])

    @property
    def _is_v2(self) -> bool:
        return (self._folder / "memory.max").exists()

    def remove(self) -> None:
        """Remove it when its last process has ended."""
        until(lambda: not (self._folder / "cgroup.procs").read_text(), "the processes of a group to end")
        self._folder.rmdir()


@contextmanager
def memory_group() -> Iterator[MemoryGroup]:
    """Yield a new group; skip where this user or this container may not make one."""
    parent = _ROOT / "memory" if (_ROOT / "memory").is_dir() else _ROOT
    folder = parent / f"musicai-{secrets.token_hex(4)}"
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs Linux and root's rights, to limit the memory of processes")
    try:
        folder.mkdir()
    except OSError as err:
        pytest.skip(f"no control group can be made here: {err}")
    group = MemoryGroup(folder)
    try:
        if not any((folder / name).exists() for name in ("memory.max", "memory.limit_in_bytes")):
            pytest.skip("control groups here do not limit memory")
        yield group
    finally:
        group.remove()
