"""Carrying one experiment out: train, measure, write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from musicai.errors import StateError
from musicai.training.conclusion import conclude
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.conclusion import conclude_row
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.order import Order, request_of
from musicai.training.experiments.result import CHECKPOINT_FILE, Result, read_result
from musicai.training.journal import Journal
from musicai.training.loop import Checkpoints, train
from musicai.training.material import Material
from musicai.training.model_folder import Finished
from musicai.training.rebalance import limited

LOGS = "logs"


@dataclass(frozen=True)
class Watcher:
    """What a run tells while it goes on, and asks."""

    epoch: Callable[[int, EpochReport], None]
    should_stop: Callable[[], bool]


@dataclass(frozen=True)
class Rows:
    """The rows of an order, with what they learn from.

    Parameters
    ----------
    material: of them all: genres are held small row by row.
    """

    order: Order
    experiments: ExperimentFile
    material: Material

    @property
    def out(self) -> Path:
        """Folder of all rows; one's is ``out/NN-network``, its events are in ``out/logs/NN-network``."""
        return Path(self.order.out)

    def check(self) -> None:
        """Refuse rows that were finished with other settings or data, before any is trained; StateError."""
        for number in self.order.numbers:
            self._done(number, self.out / self.experiments.run_name(number))

    def perform(self, number: int, watcher: Watcher) -> Result:
        """Train a row, measure it, and write its model and result; of a finished one only read the result.

        Parameters
        ----------
        number: of the row, from 1.

        Raises
        ------
        StateError: the folder holds something of other settings or data.
        TrainingError, StoppedError: see `loop.train`; started again it goes on from its checkpoint.
        """
        folder = self.out / self.experiments.run_name(number)
        if (done := self._done(number, folder)) is not None:
            return done
        finished = self._trained(number, folder, watcher)
        result = conclude_row(finished, number, self.experiments.digest(number), folder)
        (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
        return result

    def _done(self, number: int, folder: Path) -> Result | None:
        done = read_result(folder, self.experiments.digest(number))
        if done is None:
            return None
        # results of before it was written down are of the file's
        front_end = done.front_end or self.experiments.front_end.to_json()
        ours = (self.material.split.digest, self.material.front_end.to_json())
        if (done.split_sha256, front_end) != ours:
            raise StateError(f"{folder} holds a result on other data; give another --out, or delete it")
        return done

    def _trained(self, number: int, folder: Path, watcher: Watcher) -> Finished:
        row, material = self.experiments.rows[number - 1], self.material
        request = request_of(self.order, self.experiments, number).heard_by(material.front_end)
        material = replace(material, learn=limited(material.learn, row.limit, row.seed))
        history: list[EpochReport] = []
        journal = Journal(self.out / LOGS / folder.name, folder.name)

        def resumed(done: Sequence[EpochReport]) -> None:
            history.extend(done)
            journal.resumed(done)

        def report(epoch: EpochReport) -> None:
            history.append(epoch)
            journal.epoch(epoch)
            watcher.epoch(number, epoch)

        try:
            network = train(
                material.learn,
                request.plan.members[0],
                row.seed,
                watch=material.valid,
                report=report,
                resumed=resumed,
                checkpoints=Checkpoints(folder / CHECKPOINT_FILE),
                should_stop=watcher.should_stop,
            )
        finally:
            journal.close()
        return Finished(
            request=request,
            material=material,
            trained_on=material.learn,
            networks=[network],
            conclusion=conclude(request, material, [network]),
            history=history,
            seconds=round(sum(epoch.seconds for epoch in history), 1),
        )
