"""Memory of a worker with two children while it classifies 30 s clips.

    python -m benchmarks.memory [--clips 300] [--data FOLDER]

Prints the largest proportional set size (PSS: pages that processes share are counted once) of the worker's
main process and its two children together, looked at several times a second while they classify, and the
share of each. Linux only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.measure import Figure
from benchmarks.throughput import write_clips

ASKED_MB = 550
CHILDREN = 2


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def worker_of(pid: int) -> list[int]:
    """Return the worker's main process and its children; empty while they are not all there."""
    for process in psutil.Process(pid).children(recursive=True):
        children = process.children()
        if "worker" in process.cmdline() and len(children) == CHILDREN:
            return [process.pid, *(child.pid for child in children)]
    return []


def measure(folder: Path) -> list[float]:
    """Return the PSS of main process and children in MB when their sum was largest."""
    with tempfile.TemporaryDirectory(prefix="mai-") as home:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")}
        environ |= {"MUSICAI_HOME": home, "MUSICAI_CONCURRENCY": str(CHILDREN)}
        command = [sys.executable, "-m", "musicai", "enqueue", str(folder), "--wait", "--json"]
        most: list[float] = []
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                time.sleep(0.2)
                # a process may end between two looks
                with suppress(OSError, StopIteration, psutil.Error):
                    most = max(most, [pss_mb(pid) for pid in worker_of(process.pid)], key=sum)
    return most


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--data", type=Path, help="a folder of FLAC clips to use instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_clips(Path(name), arguments.clips, arguments.data)
        parts = measure(Path(name))
    Figure(
        "PSS of a worker with two children that classify 30 s clips",
        f"below {ASKED_MB} MB",
        f"{sum(parts):.0f} MB ({' + '.join(f'{part:.0f}' for part in parts)})",
        0 < sum(parts) < ASKED_MB,
    ).show()


if __name__ == "__main__":
    main()
