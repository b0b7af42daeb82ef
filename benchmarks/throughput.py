"""The same clips through the queue: `musicai enqueue`, private broker, two workers, SQLite catalogue.

    python -m benchmarks.throughput [--clips 600] [--rounds 3] [--data FOLDER]

Everything is pinned to one core (Linux only): first the clips go through one process (`in_process.py`),
then through the product, by turns. Prints the share of the in-process rate that is left, once by the wall
clock and once by the processor time that all processes of the product took. Measured is the steady state,
from when both worker processes are at work and 64 clips are done to the last commit but one: what a process
costs to start (it imports torch and loads the model) is paid once and is not in it.

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
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import Engine, func, select

from benchmarks import in_process
from benchmarks.measure import Figure, pin_to_one_core
from benchmarks.sounds import write_clip
from musicai.catalogue.session import open_engine, reading
from musicai.catalogue.tables import Claim, Job
from musicai.config import Settings

ASKED = 0.9
WORKERS = 2
WARM = 64
"""Clips that a process may have heard before the clock starts."""


@dataclass(frozen=True)
class Reading:
    """How far things are: clips done, by the clock and by the processor."""

    clips: int
    wall_s: float
    cpu_s: float

    def rates_since(self, earlier: "Reading") -> tuple[float, float]:
        """Return clips per second of wall clock and of processor."""
        clips = self.clips - earlier.clips
        return clips / (self.wall_s - earlier.wall_s), clips / (self.cpu_s - earlier.cpu_s)


def rates_in_process(folder: Path) -> tuple[float, float]:
    """Return clips per second in this process."""
    classifier, clips = in_process.load_model(), sorted(folder.rglob("*.*"))
    for clip in clips[:WARM]:
        in_process.listen(classifier, clip)
    begin = Reading(0, time.perf_counter(), time.process_time())
    for clip in clips:
        in_process.listen(classifier, clip)
    return Reading(len(clips), time.perf_counter(), time.process_time()).rates_since(begin)


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
    clips, engine = 0, open_engine(settings.catalogue_url)
    begin = last = None
    family: list[psutil.Process] = []
    while process.poll() is None:
        time.sleep(0.05)
        done, total, claims = _ledger(engine, settings)
        if done == clips:
            continue
        clips = done
        if done == total:
            break  # the processes of the product are leaving: the reading before was the last
        if begin is None and (done < WARM or claims < WORKERS):
            continue
        family = family or _family(process.pid, settings)
        last = Reading(done, time.perf_counter(), sum(_cpu_s(member) for member in family))
        begin = begin or last
    engine.dispose()
    if begin is None or last is None or begin is last:
        raise SystemExit("the job ended before it was in a steady state: more --clips are needed")
    process.wait()
    return last.rates_since(begin)


def _ledger(engine: Engine, settings: Settings) -> tuple[int, int, int]:
    """Return clips done, clips in all, and handfuls in hand."""
    if not Path(settings.home / "catalogue.db").exists():
        return 0, 0, 0
    with suppress(Exception), reading(engine) as session:  # the tables are being made
        done, total = session.execute(select(Job.done, Job.total)).one()
        return done, total, session.scalars(select(func.count(Claim.id))).one()
    return 0, 0, 0


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
