"""Working on a training run: claim it, train, publish the model; give it back when told to stop."""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from musicai.catalogue import runs
from musicai.catalogue.heartbeat import Heartbeat, Standing
from musicai.catalogue.runs import ClaimedRun
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import (
    CatalogueOutdatedError,
    CatalogueUnavailableError,
    InternalError,
    MusicAIError,
    NodeFaultError,
    RunLostError,
    StoppedError,
    TransientError,
)
from musicai.logs import bound
from musicai.logs.masking import unforeseen
from musicai.pipeline.patience import patiently
from musicai.process import ProcessIdentity
from musicai.training.epoch_report import EpochReport
from musicai.training.hooks import Hooks
from musicai.training.material import Surroundings
from musicai.training.request import TrainRequest
from musicai.training.run import Outcome, train_model

T = TypeVar("T")
log = logging.getLogger(__name__)

SHUNNED_S = 30.0
"""Seconds that this process leaves a run alone which it lacks something for, so that others get a turn."""


class Publishing(Protocol):
    """Puts what a run made into the model store and into the catalogue.

    All of it may be done twice: by a process that died before it ended the run, and by the next one.
    """

    def name(self, run: ClaimedRun) -> str:
        """Return what the model is to be called: FAMILY-VERSION."""

    def publish(self, run: ClaimedRun, outcome: Outcome, check: Callable[[Session], None]) -> Model:
        """Return the model's row; `check` is asked in the transaction that makes it."""

    def offer(self, model: str, run: ClaimedRun) -> dict[str, Any]:
        """Offer a model to the gate and return what came of it: promoted, former, reasons."""


@dataclass
class TrainWork:
    """What a process needs to work on runs.

    Parameters
    ----------
    publisher: where models go.
    stopping: whether the worker that this process belongs to is about to end.
    say: told how the run gets on, for logs.
    progress: told after each epoch how far it is, for whoever looks on.
    """

    engine: Engine
    settings: Settings
    holder: ProcessIdentity
    publisher: Publishing
    stopping: Callable[[], bool]
    say: Callable[[str], None] = log.info
    progress: Callable[[str], None] = lambda text: None
    _shunned: dict[int, float] = field(default_factory=dict, init=False)

    def run(self, only: int | None = None) -> int | None:
        """Work on the most urgent run that waits, or on the run `only`; return it, or None when none waits.

        Safe to run any number of times, also at once: the catalogue decides who works on what.

        Raises
        ------
        NodeFaultError: this node lacks what the run needs; it waits for another one.
        CatalogueUnavailableError: the catalogue stayed away; the run is resumed when its lease is over.
        CatalogueOutdatedError: the catalogue was upgraded; the run waits for newer trainers.
        """
        claimed = self._patiently(lambda: self._claim(only))
        if claimed is None:
            return None
        lease_s = self.settings.lease_s

        def renew(session: Session) -> Standing:
            return runs.renew(session, claimed.id, self.holder, lease_s)

        with (
            bound(job=claimed.job_id, run=claimed.id, model=claimed.name),
            Heartbeat(self.engine, renew, lease_s, f"run {claimed.id}") as heartbeat,
        ):
            self._work(claimed, heartbeat)
        return claimed.id

    def anything_waits(self) -> bool:
        """Whether another run waits."""
        with reading(self.engine) as session:
            return bool(runs.waiting(session))

    def account(self, run_id: int) -> str:
        """Return in one line where a run stands."""
        with reading(self.engine) as session:
            return runs.account(session, run_id)

    def _claim(self, only: int | None) -> ClaimedRun | None:
        moment = time.monotonic()
        self._shunned = {run: until for run, until in self._shunned.items() if until > moment}
        with transaction(self.engine) as session:
            shunned = tuple(self._shunned)
            return runs.claim(session, self.holder, self.settings.lease_s, only, shunned)

    def _work(self, run: ClaimedRun, heartbeat: Heartbeat) -> None:
        try:
            self._train(run, heartbeat)
        except RunLostError as err:
            log.warning("%s", err)
        except StoppedError:
            self._release(run)
        except CatalogueOutdatedError:
            self._leave(run)
            raise
        except NodeFaultError as err:
            self._shunned[run.id] = time.monotonic() + SHUNNED_S
            self._release(run, f"{self.holder.host}: {err}")
            raise
        except TransientError:
            raise
        except MusicAIError as err:
            self._fail(run, err.code, str(err))
        except Exception as err:
            # whatever the data made a library do: it is this run's row, not the end of the trainer
            log.exception("run %d", run.id)
            self._fail(run, InternalError.code, unforeseen(err, self.settings))

    def _train(self, run: ClaimedRun, heartbeat: Heartbeat) -> None:
        request = TrainRequest.from_json(run.request)
        folder = self.settings.runs_folder / str(run.job_id)
        hooks = self._hooks(run, folder, heartbeat)
        outcome = train_model(
            request,
            folder,
            lambda: patiently(lambda: self.publisher.name(run)),
            hooks,
            Surroundings(self.engine, self.settings.mounts, self.settings.model_store),
        )
        self._patiently(lambda: self._insist(run))
        model = self._patiently(lambda: self._publish(run, outcome))
        if request.promote:
            self._patiently(lambda: self._insist(run))
            self._note(run, {"verdict": self.publisher.offer(model.name, run)})
        self._patiently(lambda: self._finish(run, model.id))
        shutil.rmtree(outcome.folder, ignore_errors=True)  # it stands in the store now

    def _publish(self, run: ClaimedRun, outcome: Outcome) -> Model:
        return self.publisher.publish(run, outcome, lambda session: self._check(session, run))

    def _insist(self, run: ClaimedRun) -> None:
        with transaction(self.engine) as session:
            self._check(session, run)

    def _check(self, session: Session, run: ClaimedRun) -> None:
        """Refuse to go on with a run that somebody wants to end, or that is another's by now."""
        standing = runs.renew(session, run.id, self.holder, self.settings.lease_s)
        if standing is Standing.LOST:
            raise RunLostError(run.id)
        if standing is not Standing.OURS:
            raise StoppedError(f"the run was {standing.name.lower()} before its model was put away")

    def _finish(self, run: ClaimedRun, model_id: int) -> None:
        with transaction(self.engine) as session:
            if not runs.finish(session, run.id, self.holder, model_id):
                raise RunLostError(run.id)

    def _hooks(self, run: ClaimedRun, folder: Path, heartbeat: Heartbeat) -> Hooks:
        def planned(epochs: int) -> None:
            self._write(lambda s: runs.set_plan(s, run.id, self.holder, epochs=epochs, folder=str(folder)))

        def epoch(report: EpochReport) -> None:
            figures = {name: value for name, value in asdict(report).items() if name != "epochs"}
            self._write(lambda s: runs.add_epoch(s, run.id, self.holder, figures))
            self.progress(_progress(run, report))

        def should_stop() -> bool:
            if heartbeat.standing is Standing.LOST:
                raise RunLostError(run.id)
            return self.stopping() or heartbeat.standing is not Standing.OURS

        return Hooks(planned, epoch, lambda facts: self._note(run, facts), self.say, should_stop)

    def _note(self, run: ClaimedRun, facts: dict[str, Any]) -> None:
        self._write(lambda session: runs.add_facts(session, run.id, self.holder, facts))

    def _release(self, run: ClaimedRun, fault: str | None = None) -> None:
        self._write(lambda session: runs.release(session, run.id, self.holder, fault))

    def _leave(self, run: ClaimedRun) -> None:
        """Leave a run to trainers that know the tables as they are now; it goes on from its checkpoint."""
        try:
            with transaction(self.engine, any_schema=True) as session:
                runs.release(session, run.id, self.holder)
        except (CatalogueOutdatedError, CatalogueUnavailableError, SQLAlchemyError) as err:
            # not even that fits the tables any more: the lease runs out
            log.warning("run %d was not given back: %s", run.id, err)

    def _fail(self, run: ClaimedRun, code: str, reason: str) -> None:
        self._write(lambda session: runs.fail(session, run.id, self.holder, code, reason))
        self.say(f"run {run.id} failed: {reason}")

    def _write(self, action: Callable[[Any], None]) -> None:
        def write() -> None:
            with transaction(self.engine) as session:
                action(session)

        self._patiently(write)

    def _patiently(self, action: Callable[[], T]) -> T:
        return patiently(action, stopping=self.stopping)


def _progress(run: ClaimedRun, report: EpochReport) -> str:
    """Return in one line how far a run is."""
    line = f"job {run.job_id}, model {run.name}: epoch {report.epoch} of {report.epochs}"
    line += f", loss {report.train_loss:.3f}"
    return line if report.test_accuracy is None else f"{line}, held out {report.test_accuracy:.0%} right"
