"""A library of a million tracks through scan, queue and workers into PostgreSQL, without a network.

    python -m benchmarks.scale [--tracks 1000000] [--folder FOLDER] [--stub network|listening]

Writes as many files (a second of sound each, all different, 20 to a folder), starts PostgreSQL as it
comes (durable), Redis with an append-only file, and one worker with a process per core whose classifier
computes nothing (`no_network.py`; with --stub listening it opens no file either), and runs
`musicai enqueue`. Prints for each tenth of the job: tracks per second, processor time per track of
worker and database, median and 99th percentile of claim and commit, Redis' memory, messages that wait,
memory of the command and of the worker, size of the catalogue. FOLDER is kept and used again; a million
files need 10 GB, the catalogue 2 GB.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import redis
from sqlalchemy import Engine, select, text

from musicai.catalogue.session import open_engine, reading
from musicai.catalogue.tables import Job
from musicai.config import Settings
from musicai.services.catalogue import open_catalogue
from musicai.services.node import commands
from tests.services.postgres import postgres_server
from tests.services.redis import redis_server

RATE, SECONDS, PER_FOLDER = 4000, 1.01, 20
EVERY_S = 5.0


@dataclass(frozen=True)
class Look:
    """What was seen at one moment; memory and sizes in MB."""

    at: float
    total: int
    done: int
    redis_mb: float
    waiting: int
    command_mb: float
    worker_mb: float
    catalogue_mb: float
    cpu_s: dict[str, float]


def write_tracks(folder: Path, count: int) -> None:
    """Write what is missing of so many files, no two with the same sound."""
    samples = int(RATE * SECONDS)
    head = b"RIFF" + (36 + samples).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += (
        b"\1\0\1\0"
        + RATE.to_bytes(4, "little") * 2
        + b"\1\0\10\0"
        + b"data"
        + samples.to_bytes(4, "little")
    )
    noise = os.urandom(2 * samples)
    for first in range(0, count, PER_FOLDER):
        album = folder / f"{first // 20_000:03}" / f"{first // PER_FOLDER:06}"
        if album.is_dir():
            continue
        part = album.with_name(album.name + ".part")
        part.mkdir(parents=True, exist_ok=True)
        for number in range(first, min(first + PER_FOLDER, count)):
            start = number * 7 % samples
            sound = number.to_bytes(8, "little") + noise[start : start + samples - 8]
            (part / f"{number:07}.wav").write_bytes(head + sound)
        part.rename(album)


def run(
    folder: Path, stub: str, home: Path, stack: ExitStack
) -> tuple[list[Look], dict[str, list[tuple[float, float]]]]:
    """Enqueue the folder, look on until its job has ended, and return what was seen."""
    server = stack.enter_context(postgres_server(durable=True))
    database = stack.enter_context(server.database())
    broker = stack.enter_context(redis_server(home))
    environ = {"MUSICAI_HOME": str(home), "MUSICAI_DATABASE_URL": database, "MUSICAI_BROKER_URL": broker}
    settings = replace(Settings.from_env(environ), log_level="error")
    open_catalogue(settings).dispose()
    command = commands.worker(settings)
    command[command.index("--app") + 1] = "benchmarks.no_network"
    log = home / "latencies"
    log.mkdir()
    own = os.environ | environ | {"SCALE_LOG": str(log), "SCALE_STUB": stub, "PYTHONPATH": str(Path.cwd())}
    worker = subprocess.Popen(command, env=commands.environment(settings) | own)
    stack.callback(_end, worker)
    enqueue = subprocess.Popen(
        [sys.executable, "-m", "musicai", "enqueue", str(folder), "--no-wait"],
        env=own,
        stdout=subprocess.DEVNULL,
    )
    stack.callback(_end, enqueue)
    engine = open_engine(settings.catalogue_url)
    stack.callback(engine.dispose)
    pids = {"command": enqueue.pid, "worker": worker.pid, "database": server.pid}
    looks = list(_look_on(engine, redis.Redis.from_url(broker), enqueue, pids))
    return looks, _latencies(log)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(60)


def _look_on(
    engine: Engine, broker: Any, enqueue: "subprocess.Popen[bytes]", pids: dict[str, int]
) -> Iterator[Look]:
    cpu_s: dict[str, float] = {}
    while True:
        time.sleep(EVERY_S)
        if not psutil.pid_exists(pids["worker"]) or enqueue.poll() not in (None, 0):
            raise SystemExit("the worker or the command ended before the job")
        cpu_s |= {
            name: _cpu_s(pid) for name, pid in pids.items() if name != "command" or enqueue.poll() is None
        }
        with reading(engine) as session:
            job = session.scalars(select(Job)).first()
            size = session.scalars(text("SELECT pg_database_size(current_database())")).one()  # type: ignore[call-overload]
        if job is None:
            continue
        look = Look(
            at=time.time(),
            total=job.total,
            done=job.done + job.failed,
            redis_mb=broker.info("memory")["used_memory"] / 1e6,
            waiting=broker.llen("musicai:classify"),
            command_mb=_memory_mb(enqueue.pid) if enqueue.poll() is None else 0.0,
            worker_mb=_memory_mb(pids["worker"]),
            catalogue_mb=size / 1e6,
            cpu_s=dict(cpu_s),
        )
        yield look
        print(json.dumps(asdict(look)), file=sys.stderr, flush=True)
        if job.state == "done":
            assert (job.failed, job.pending) == (0, 0), f"{job.failed} failed, {job.pending} pending"
            return


def _cpu_s(pid: int) -> float:
    """Return the processor seconds of a process and its children, also of those that ended."""
    total = 0.0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _memory_mb(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(p.memory_full_info().pss for p in [process, *process.children(recursive=True)]) / 1e6


def _latencies(folder: Path) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {"claim": [], "commit": []}
    for line in (line for file in folder.iterdir() for line in file.read_text().splitlines()):
        what, moment, seconds = line.split(",")
        found[what].append((float(moment), float(seconds)))
    return found


def table(looks: list[Look], latencies: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    """Yield the lines of a table, one for each tenth of the job."""
    yield (
        "| tracks done | tracks/s | worker ms | database ms | claim p50 / p99 ms | commit p50 / p99 ms "
        "| Redis MB | waiting | command MB | worker MB | catalogue MB |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    total, begin = looks[-1].total, looks[0]
    for tenth in range(1, 11):
        until = next(look for look in looks if look.done >= total * tenth / 10)
        if until is begin:
            continue  # a small job is over between two looks
        within = looks[bisect(looks, begin.at, key=lambda look: look.at) : looks.index(until) + 1] or [
            until
        ]
        rate = (until.done - begin.done) / max(until.at - begin.at, 1e-9)
        each_ms = " | ".join(
            f"{1000 * (until.cpu_s[name] - begin.cpu_s[name]) / (until.done - begin.done):.2f}"
            for name in ("worker", "database")
        )
        spans = " | ".join(_spread(latencies[what], begin.at, until.at) for what in ("claim", "commit"))
        yield (
            f"| {until.done} | {rate:.0f} | {each_ms} | {spans} | {max(x.redis_mb for x in within):.1f} "
            f"| {max(x.waiting for x in within)} | {max(x.command_mb for x in within):.0f} "
            f"| {max(x.worker_mb for x in within):.0f} | {until.catalogue_mb:.0f} |"
        )
        begin = until


def _spread(pairs: list[tuple[float, float]], begin: float, end: float) -> str:
    within = sorted(seconds for moment, seconds in pairs if begin < moment <= end)
    if not within:
        return "-"
    return f"{1000 * statistics.median(within):.1f} / {1000 * within[int(0.99 * (len(within) - 1))]:.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the files are, or will be")
    parser.add_argument("--stub", choices=["network", "listening"], default="network")
    parser.add_argument("--record", type=Path, help="a file for everything that was seen, as JSON")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mai-", dir="/tmp")))
        folder = arguments.folder or home / "library"
        write_tracks(folder, arguments.tracks)
        looks, latencies = run(folder, arguments.stub, home, stack)
    if arguments.record:
        arguments.record.write_text(
            json.dumps({"looks": [asdict(x) for x in looks], "latencies": latencies})
        )
    print("\n".join(table(looks, latencies)))
    scan = next(look for look in looks if look.total == looks[-1].total)
    print(
        f"scan: {scan.total} tracks in {scan.at - looks[0].at:.0f} s while workers worked, "
        f"{1000 * looks[-1].cpu_s['command'] / scan.total:.2f} ms of the command's processor time each"
    )


if __name__ == "__main__":
    main()
