"""A file system that shows a folder, and does not answer reads of files called *stalled* until it may."""

import ctypes.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.services import absent
from tests.waiting import PATIENCE_S, until

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def stalling(folder: Path, place: Path) -> Iterator[Path]:
    """Mount `folder` at `place`; reads of *stalled* files hang while the file exists that is yielded."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs Linux and root's rights, to mount a file system")
    if ctypes.util.find_library("fuse3") is None:
        absent("needs libfuse3 (Debian's libfuse3-3)")
    if not os.access("/dev/fuse", os.W_OK):
        pytest.skip("this machine lets nobody mount: no /dev/fuse")
    place.mkdir()
    stalls = folder.with_name("stalls")
    stalls.touch()
    server = subprocess.Popen([sys.executable, "-m", __name__, folder, place, stalls], cwd=_ROOT)
    try:
        until(lambda: place.is_mount() or server.poll() is not None, "the mount")
        if server.poll() is not None:
            pytest.skip("this machine lets nobody mount")
        yield stalls
    finally:
        stalls.unlink(missing_ok=True)
        server.terminate()
        server.wait(timeout=PATIENCE_S)


def _serve(folder: str, place: str, stalls: str) -> None:
    from mfusepy import FUSE, Operations  # noqa: PLC0415 -- loads libfuse, or fails

    class Passing(Operations):  # type: ignore[misc]
        use_ns = True

        def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
            try:
                found = os.lstat(folder + path)
            except OSError as err:
                raise type(err)(*err.args) from None
            times = {f"st_{which}time": getattr(found, f"st_{which}time_ns") for which in "acm"}
            plain = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")
            return times | {name: getattr(found, name) for name in plain}

        def readdir(self, path: str, fh: int) -> list[str]:
            return [".", "..", *(entry.name for entry in Path(folder + path).iterdir())]

        def open(self, path: str, flags: int) -> int:
            return os.open(folder + path, flags)

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            while "stalled" in path and Path(stalls).exists():
                time.sleep(0.05)
            return os.pread(fh, size, offset)

        def release(self, path: str, fh: int) -> None:
            os.close(fh)

    with suppress(RuntimeError):  # how it says that it was told to end
        FUSE(Passing(), place, foreground=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
