"""Who holds the lock of an SQLite file that others wait for."""

from pathlib import Path

import psutil

# of the file beside the catalogue that all its users map: the byte that a writer locks (SQLite's wal.c)
_WRITE_LOCK = "120"


def writer_of(database: str) -> str:
    """Return who writes to a catalogue at the moment, and what to do about it, as far as it can be told.

    Linux lists all locks. Elsewhere one could ask for the lock itself; but to close the file afterwards
    would drop this process's own locks on it.
    """
    try:
        inode = str(Path(f"{database}-shm").stat().st_ino)
        locks = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return "another process writes to it: let it end, or end it"
    found = {pid for line in locks if (pid := _writer(line.split(), inode)) is not None}
    if not found:
        return "another process wrote to it, and has ended by now"
    who = ", ".join(f"process {pid} ({_name(pid)})" for pid in sorted(found))
    return f"{who} writes to it: let it end, or end it"


def _writer(fields: list[str], inode: str) -> int | None:
    # a line: number, POSIX, ADVISORY, WRITE, process, device:inode, first byte, last byte
    if len(fields) != 8 or fields[3] != "WRITE" or fields[6] != _WRITE_LOCK:
        return None
    return int(fields[4]) if fields[5].rpartition(":")[2] == inode else None


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "of another user or container"
