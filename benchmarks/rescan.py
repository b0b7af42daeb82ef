"""The second `musicai enqueue` of many unchanged small files, against `find -printf` of the same tree.

    python -m benchmarks.rescan [--files 50000] [--rounds 5]

Prints one line for a tree of small folders and one for a single flat folder: the ratio of the medians, both
with a warm cache and process start included, and the peak of the resident memory. Classifying is not the
point here: the files hold a few bytes, and their predictions are written straight into the catalogue.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, insert, literal, select, update

from benchmarks.measure import Figure
from musicai.catalogue import ledger
from musicai.catalogue.session import now, transaction
from musicai.catalogue.tables import Item, Job, Prediction, Track
from musicai.config import Settings
from musicai.services.catalogue import open_catalogue
from musicai.services.enqueue import Request, create_job, scan_job
from musicai.states import ItemState

ASKED = 20.0
ASKED_MB = 200


def make_tree(folder: Path, files: int, *, flat: bool) -> None:
    """Write small files, ten to an album unless flat."""
    for number in range(files):
        album = folder if flat else folder / f"artist {number // 100}" / f"album {number // 10}"
        if flat or number % 10 == 0:
            album.mkdir(parents=True, exist_ok=True)
        (album / f"track {number:06d}.wav").write_bytes(b"RIFF%d" % number)


def classify_all(home: Path, folder: Path) -> None:
    """Enqueue the folder for the first time, and settle every item without listening."""
    settings = Settings.from_env({"MUSICAI_HOME": str(home)})
    engine = open_catalogue(settings)
    job = create_job(engine, settings, Request((os.fsencode(folder),)))
    scan_job(engine, settings, job.id, lambda progress, view: None)
    with transaction(engine) as session:
        model_id = session.scalars(select(Job.model_id)).one()
        session.execute(update(Track).values(audio_hash="hash"))
        excerpts, moment = literal([], Prediction.excerpts.type), literal(now(), Job.created_at.type)
        answers = select(Track.id, literal(model_id), Track.audio_hash, literal(0), literal("jazz"),
                         literal("jazz"), literal(0.9), excerpts, moment)  # fmt: skip
        columns = [
            "track_id",
            "model_id",
            "audio_hash",
            "whole",
            "genre",
            "guess",
            "confidence",
            "excerpts",
            "created_at",
        ]
        session.execute(insert(Prediction).from_select(columns, answers))
        session.execute(update(Item).values(state=ItemState.DONE))
        session.execute(update(Job).values(done=select(func.count(Item.id)).scalar_subquery()))
        ledger.close_if_finished(session, job.id)
    engine.dispose()


def measure(command: list[str], home: Path) -> tuple[float, float]:
    """Return the seconds that a command takes, and its peak of resident memory in MB."""
    environment = {**os.environ, "MUSICAI_HOME": str(home)}
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    per_mb = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return seconds, usage.ru_maxrss / per_mb


def compare(files: int, rounds: int, *, flat: bool) -> None:
    """Measure both by turns and print the line."""
    with tempfile.TemporaryDirectory(prefix="musicai-rescan-") as name:
        home, folder = Path(name) / "home", Path(name) / "music"
        make_tree(folder, files, flat=flat)
        classify_all(home, folder)
        find = ["find", str(folder), "-printf", "%p %s %T@\n"]
        enqueue = [sys.executable, "-m", "musicai", "enqueue", str(folder), "--wait", "--json"]
        measure(find, home)
        measure(enqueue, home)
        turns = [(measure(find, home), measure(enqueue, home)) for _ in range(rounds)]
    reference = statistics.median(seconds for (seconds, _), _ in turns)
    ours = statistics.median(seconds for _, (seconds, _) in turns)
    peak = max(memory for _, (_, memory) in turns)
    kind = "flat folder" if flat else "tree"
    Figure(
        f"second enqueue of {files} unchanged files ({kind}), against find",
        f"within {ASKED:g} x, below {ASKED_MB} MB",
        f"{ours:.2f} s / {reference:.3f} s = {ours / reference:.1f} x, {peak:.0f} MB",
        ours / reference <= ASKED and peak < ASKED_MB,
    ).show()


def main() -> None:
    """Compare both kinds of trees."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for flat in (False, True):
        compare(arguments.files, arguments.rounds, flat=flat)


if __name__ == "__main__":
    main()
