"""Carrying one experiment out: train, measure, write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from musicai.errors import StateError
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.conclusion import Trained, conclude
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.result import CHECKPOINT_FILE, Result, read_result
from musicai.training.experiments.sides import Sides
from musicai.training.journal import Journal
from musicai.training.loop import Checkpoints, train
from musicai.training.rebalance import limited

LOGS = "logs"


@dataclass(frozen=True)
class Watcher:
    """What a run tells while it goes on, and asks."""

    epoch: Callable[[int, EpochReport], None]
    should_stop: Callable[[], bool]


def perform(file: ExperimentFile, number: int, sides: Sides, out: Path, watcher: Watcher) -> Result:
    """Train a row, measure it, and write its model and result; of a finished one only read the result.

    Parameters
    ----------
    number: of the row, from 1.
    out: folder of all rows; this one's is ``out/NN-network``, its events are in ``out/logs/NN-network``.

    Raises
    ------
    StateError: the folder holds something of other settings or data.
    TrainingError, StoppedError: see `loop.train`; started again it goes on from its checkpoint.
    """
    name = file.run_name(number)
    row, folder = file.rows[number - 1], out / name
    if (done := read_result(folder, file.digest(number))) is not None:
        # results of before it was written down are of the file's
        front_end = done.front_end or file.front_end.to_json()
        if (done.split_sha256, front_end) != (sides.split.digest, sides.front_end.to_json()):
            raise StateError(f"{folder} holds a result on other data; give another --out, or delete it")
        return done
    learn = limited(sides.train, row.limit, row.seed)
    history: list[EpochReport] = []
    journal = Journal(out / LOGS / name, name)

    def resumed(done: Sequence[EpochReport]) -> None:
        history.extend(done)
        journal.resumed(done)

    def report(epoch: EpochReport) -> None:
        history.append(epoch)
        journal.epoch(epoch)
        watcher.epoch(number, epoch)

    try:
        network = train(
            learn,
            row.recipe(file.size),
            row.seed,
            watch=sides.valid,
            report=report,
            resumed=resumed,
            checkpoints=Checkpoints(folder / CHECKPOINT_FILE),
            should_stop=watcher.should_stop,
        )
    finally:
        journal.close()
    result = conclude(Trained(file, number, network, learn, sides, tuple(history)), folder)
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    return result
