"""Asking for training runs, and carrying one on this machine."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from musicai.catalogue import ledger, runs
from musicai.catalogue.corrections import confirmed
from musicai.catalogue.session import reading, transaction
from musicai.config import Settings
from musicai.errors import DatasetError, ServiceError, StateError, TrainingError
from musicai.interrupts import interrupted_by
from musicai.services import jobs
from musicai.services.jobs import JobView
from musicai.services.node import commands, heavy_side, log, tether
from musicai.services.run import Display, Interrupted
from musicai.states import JobState, Priority, RunState
from musicai.training.request import TrainRequest
from musicai.training.sources import parse_source

_TICK_S = 0.5
_CHECKPOINT_S = 60.0
"""Patience with a process that was asked to stop: it writes a checkpoint first."""


def create_run(engine: Engine, request: TrainRequest, priority: Priority = Priority.NORMAL) -> JobView:
    """Write a run, and the job that asks for it, into the catalogue; nobody has begun it yet."""
    with transaction(engine) as session:
        run = runs.create(session, request.name, request.to_json(), priority)
        return jobs.view_job(session, run.job_id)


def check_data(request: TrainRequest) -> None:
    """Refuse data that are not on this machine, before anything is written; DatasetError, ConfigError."""
    for text in request.data:
        spec = parse_source(text)
        if spec.kind != "catalogue" and not Path(spec.location).expanduser().exists():
            raise DatasetError(f"there is nothing at {spec.location}: `--data` names what to learn from")


def without_words(engine: Engine, request: TrainRequest) -> list[str]:
    """Return the sources in the catalogue in which nobody has confirmed a genre yet.

    Raises
    ------
    QueryError: the expression of one is wrong.
    """
    asked = [spec for spec in map(parse_source, request.data) if spec.kind == "catalogue"]
    with reading(engine) as session:
        return [str(spec) for spec in asked if next(confirmed(session, spec.location), None) is None]


@dataclass
class LocalRun:
    """Trains in a process of its own, without a broker: the same work as a trainer's.

    A process of its own, for this side is light; and what kills it does not kill the command.
    """

    engine: Engine
    settings: Settings
    display: Display

    def carry(self, job_id: int) -> JobView:
        """Return the job as it ended, or as somebody paused it.

        Raises
        ------
        Interrupted: the user broke off; the run is paused, with a checkpoint.
        TrainingError: the process died; the run can be resumed.
        """
        view = jobs.read(self.engine, job_id)
        assert view.run is not None  # noqa: S101 - a job that trains has one
        heavy_side.insist()
        process = self._start(job_id, view.run.id)
        try:
            with interrupted_by(signal.SIGTERM):
                return self._follow(job_id, process)
        except KeyboardInterrupt:
            raise Interrupted(self._break_off(job_id, process)) from None
        finally:
            process.kill()
            process.wait()

    def _start(self, job_id: int, run_id: int) -> "subprocess.Popen[bytes]":
        # -P: a folder of music must not be searched for modules of Python
        command = [sys.executable, "-P", "-m", "worker.train_here", str(run_id)]
        try:
            self._log(job_id).parent.mkdir(parents=True, exist_ok=True)
            with self._log(job_id).open("ab") as output:
                return subprocess.Popen(
                    # it stops, with a checkpoint, when this process is killed
                    [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *command],
                    env=commands.environment(self.settings),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C goes to this process alone, which tells the other one when the job is paused
                    start_new_session=True,
                )
        except OSError as err:
            jobs.pause(self.engine, job_id)  # nobody else is to begin it with the same fault
            raise ServiceError(
                f"cannot start the training process: {err}; MUSICAI_RUNS names the folder of the runs. "
                f"Job {job_id} is paused: `musicai jobs resume {job_id}` tries again"
            ) from err

    def _log(self, job_id: int) -> Path:
        return self.settings.runs_folder / str(job_id) / "train.log"

    def _follow(self, job_id: int, process: "subprocess.Popen[bytes]") -> JobView:
        while True:
            status = process.poll()
            view = jobs.read_patiently(self.engine, job_id, self.display.happened)
            stands = view.has_ended or view.state == JobState.PAUSED
            if not stands and status is not None and _is_dead(status, view):
                return self._bury(job_id, status)
            self.display.viewed(view)
            if stands:
                return view
            time.sleep(_TICK_S)

    def _bury(self, job_id: int, status: int) -> JobView:
        """Give back what a process left, and say what it died of; return a run that it died of for good."""
        left = self._give_back(job_id)
        if not left.has_ended:
            raise TrainingError(self._obituary(left, status))
        self.display.happened(f"{self._death(left, status)}. {self._last_words(left)}")
        return left

    def _give_back(self, job_id: int) -> JobView:
        """Pause a run whose process died: whoever reads what it died of resumes it, and nobody else."""
        with transaction(self.engine) as session:
            if runs.take_back(session, job_id) == RunState.WAITING:
                with suppress(StateError):  # somebody paused it in this very moment
                    ledger.pause(session, job_id)
            return jobs.view_job(session, job_id)

    def _obituary(self, view: JobView, status: int) -> str:
        goes_on = (
            f"`musicai jobs resume {view.id}` goes on from its last checkpoint"
            if view.state == JobState.PAUSED
            else f"a trainer has taken the run up: `musicai jobs watch {view.id}`"
        )
        return f"{self._death(view, status)}; {goes_on}. {self._last_words(view)}"

    def _death(self, view: JobView, status: int) -> str:
        assert view.run is not None  # noqa: S101 - see above
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return f"the process that trained was {how} after {view.run.epoch} epochs"

    def _last_words(self, view: JobView) -> str:
        return f"The end of its log:\n{log.tail(self._log(view.id))}"

    def _break_off(self, job_id: int, process: "subprocess.Popen[bytes]") -> JobView:
        with suppress(StateError):  # it ended, or somebody paused it, in this very moment
            jobs.pause(self.engine, job_id)
        process.terminate()
        try:
            process.wait(_CHECKPOINT_S)
        except subprocess.TimeoutExpired:
            self.display.happened("the process does not write its checkpoint; the last one will do")
        return jobs.read(self.engine, job_id)


def _is_dead(status: int, view: JobView) -> bool:
    """Whether the process is gone that worked on a run, or came too late to begin it."""
    waits = view.run is not None and view.run.state == RunState.WAITING
    return status != 0 or waits
