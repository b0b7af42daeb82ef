"""The same clips through the queue: `musicai enqueue`, private broker, two workers, SQLite catalogue.

    python -m benchmarks.throughput [--clips 600] [--rounds 3] [--data FOLDER]

Everything is pinned to one core (Linux only): first the clips go through one process (`in_process.py`),
then through the product, by turns. Prints the share of the in-process rate that is left, once by the wall
clock and once by the processor time that all processes of the product took. Measured is the steady state:
of each worker process the clips between its first commit and its last, for at a commit it has nothing
half-done. What a process costs to start (it imports torch and loads the model) is paid once and not in it.

The share by wall clock says something only on a machine that does nothing else.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import in_process
from benchmarks.measure import Figure, pin_to_one_core
from benchmarks.sounds import write_clip
from musicai.catalogue.session import open_engine, reading
from musicai.catalogue.tables import Claim, Item
from musicai.config import Settings

ASKED = 0.9
WORKERS = 2
WARM = 64
FAMILY = WORKERS + 3
"""The command, the broker, the worker's main process and its children."""


@dataclass
class Log:
    """What was seen while the product worked: processor seconds over time, and who held which item."""

    moments: list[float] = field(default_factory=list)
    cpu_s: dict[int, list[float]] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=dict)

    def look(self, session: Session, family: list[psutil.Process]) -> None:
        """Take a sample."""
        query = select(Item.id, Claim.pid).join(Claim, Claim.id == Item.claim_id)
        self.holders.update(dict(iter(session.execute(query))))
        self.moments.append(time.time())
        for process in family:
            known = self.cpu_s.setdefault(process.pid, [])
            known.append(max(_cpu_s(process), known[-1] if known else 0.0))  # nothing is told of the dead

    def cpu_between(self, pid: int, begin: float, end: float) -> float:
        """Return the processor seconds of a process between two instants."""
        first, last = np.interp([begin, end], self.moments, self.cpu_s[pid])
        return float(last - first)


def rates_in_process(folder: Path) -> tuple[float, float]:
    """Return clips per second of wall clock and of processor in this process."""
    classifier, clips = in_process.load_model(), sorted(folder.rglob("*.flac"))
    for clip in clips[:WARM]:
        in_process.listen(classifier, clip)
    wall, cpu = time.perf_counter(), time.process_time()
    for clip in clips:
        in_process.listen(classifier, clip)
    return len(clips) / (time.perf_counter() - wall), len(clips) / (time.process_time() - cpu)


def rates_of_product(folder: Path, cores: set[int]) -> tuple[float, float]:
    """Return clips per second through the command line, with a catalogue of its own."""
    with tempfile.TemporaryDirectory(prefix="mai-") as home:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")}
        environ |= {"MUSICAI_HOME": home, "MUSICAI_CONCURRENCY": str(WORKERS)}
        command = [sys.executable, "-m", "musicai", "enqueue", str(folder), "--wait", "--json"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
            os.sched_setaffinity(0, cores)  # who looks on takes nothing from the core
            try:
                return _watch(Settings.from_env({"MUSICAI_HOME": home}), process)
            finally:
                process.terminate()
                pin_to_one_core()


def _watch(settings: Settings, process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    while not (settings.home / "run" / "worker.json").exists():
        if process.poll() is not None:
            raise SystemExit("the product ended before it began")
        time.sleep(0.1)
    engine, log, family = open_engine(settings.catalogue_url), Log(), list[psutil.Process]()
    while process.poll() is None:
        with reading(engine) as session:
            if len(family) < FAMILY:
                family = _family(process.pid, settings)
            else:
                log.look(session, family)
        time.sleep(0.05)
    with reading(engine) as session:
        query = select(Item.id, Item.updated_at).where(Item.state == "done")
        commits = {item: moment.timestamp() for item, moment in session.execute(query)}
    engine.dispose()
    return _steady_rates(log, commits)


def _steady_rates(log: Log, commits: dict[int, float]) -> tuple[float, float]:
    """Return clips per second of wall clock and of processor, from when each item was committed."""
    wall_rate, clips, cpu_s = 0.0, 0, 0.0
    workers = sorted(set(log.holders.values()))
    spans = []
    for pid in workers:
        moments = sorted(moment for item, moment in commits.items() if log.holders.get(item) == pid)
        begin, end = moments[0], moments[-1]
        mine = sum(moment > begin for moment in moments)
        wall_rate += mine / (end - begin)
        clips += mine
        cpu_s += log.cpu_between(pid, begin, end)
        spans.append((begin, end))
    begin, end = max(b for b, _ in spans), min(e for _, e in spans)
    others = sum(log.cpu_between(pid, begin, end) for pid in log.cpu_s if pid not in workers)
    return wall_rate, 1 / (cpu_s / clips + others / (end - begin) / wall_rate)


def _family(pid: int, settings: Settings) -> list[psutil.Process]:
    """Return the command, its workers and the broker."""
    command = psutil.Process(pid)
    family = [command, *command.children(recursive=True)]
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process not in family and str(settings.run_folder) in " ".join(process.cmdline()):
                family.append(process)
    return family


def _cpu_s(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return times.user + times.system
    return 0.0


def write_clips(folder: Path, count: int, data: Path | None) -> None:
    """Write clips that differ; of real ones, as many copies as are needed."""
    real = sorted(data.rglob("*.flac")) if data else []
    for number in range(count):
        clip = folder / f"album {number // 20:02}" / f"{number:04}.flac"
        clip.parent.mkdir(parents=True, exist_ok=True)
        if real:
            shutil.copy(real[number % len(real)], clip)
        elif number < 50:
            write_clip(clip, seed=number)
        else:
            shutil.copy(folder / f"album {number % 50 // 20:02}" / f"{number % 50:04}.flac", clip)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="a folder of FLAC clips to use instead")
    arguments = parser.parse_args()
    cores = os.sched_getaffinity(0)
    pin_to_one_core()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clips(folder, arguments.clips, arguments.data)
        rounds = [
            (rates_in_process(folder), rates_of_product(folder, cores)) for _ in range(arguments.rounds)
        ]
    for unit, which in (("wall clock", 0), ("processor time", 1)):
        alone = statistics.median(mine[which] for mine, _ in rounds)
        queued = statistics.median(product[which] for _, product in rounds)
        share = statistics.median(product[which] / mine[which] for mine, product in rounds)
        Figure(
            f"through the queue, two workers on one core, by {unit}",
            f"at least {ASKED:.0%} of the in-process rate",
            f"{queued:.1f} of {alone:.1f} clips/s = {share:.1%}",
            share >= ASKED,
        ).show()


if __name__ == "__main__":
    main()
