"""Files of experiments: carrying them out in a process of their own, and what came of them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from musicai.config import Settings
from musicai.errors import MusicAIError, TrainingError
from musicai.services.heavy import error_of
from musicai.services.node import commands, heavy_side, tether
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.order import Order
from musicai.training.experiments.result import CHECKPOINT_FILE, Result, read_result
from musicai.training.experiments.row import Row

_CHECKPOINT_S = 120.0
"""Patience with a process that was asked to stop: it writes a checkpoint first."""

HIDDEN_OF_RESULT = ("number", "digest", "history")
"""What the file of a result has besides what is shown."""


@dataclass(frozen=True)
class ExperimentView:
    """One experiment: its settings, what was reported, and what came out here.

    Parameters
    ----------
    number: in its file, from 1.
    name: of its run, and of its folder.
    settings: network, batch, epochs, rate, momentum, batch norms, jitter, dropout.
    reported: accuracies that the file quotes: train and test.
    job: number of the job that it was enqueued as; null when it was not.
    state: done, interrupted or new; of one that was enqueued how far its job is.
    result: figures of its run; null until it is finished. `valid` is the side that the report calls test.
    """

    number: int
    name: str
    settings: Mapping[str, Any]
    reported: Mapping[str, float | None]
    result: Mapping[str, Any] | None
    state: str
    job: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


class ExperimentDisplay(Protocol):
    """Shows how experiments get on."""

    def said(self, text: str) -> None:
        """Tell of something."""

    def epoch(self, name: str, report: EpochReport) -> None:
        """Show how far a run is."""

    def done(self, name: str) -> None:
        """Tell that a run is finished."""


def place(experiments: ExperimentFile, limit: Mapping[str, int], out: Path | None) -> Path:
    """Return the folder of the results: the given one, or one in the home folder."""
    if out is not None:
        return out.absolute()
    held = "".join(f"-{genre}-{most}" for genre, most in sorted(limit.items()))
    return Settings.from_env().home / "experiments" / f"{experiments.name}-{experiments.size}{held}"


def read_views(experiments: ExperimentFile, numbers: Sequence[int], out: Path) -> list[ExperimentView]:
    """Return experiments with the results that there are.

    Raises
    ------
    StateError: a result is damaged, or is of other settings.
    """
    return [_view(experiments, number, out) for number in numbers]


def _view(experiments: ExperimentFile, number: int, out: Path) -> ExperimentView:
    row, name = experiments.rows[number - 1], experiments.run_name(number)
    result = read_result(out / name, experiments.digest(number))
    return ExperimentView(
        number=number,
        name=name,
        settings=_settings(row),
        reported={"train": row.reported_train, "test": row.reported_test},
        result=None if result is None else _figures(result),
        state=_state(result, out / name),
    )


def _state(result: Result | None, folder: Path) -> str:
    if result is not None:
        return "done"
    return "interrupted" if (folder / CHECKPOINT_FILE).exists() else "new"


def _settings(row: Row) -> dict[str, Any]:
    return {key: value for key, value in asdict(row).items() if not key.startswith("reported")}


def _figures(result: Result) -> dict[str, Any]:
    return {key: value for key, value in result.to_json().items() if key not in HIDDEN_OF_RESULT}


def run_experiments(order: Order, display: ExperimentDisplay) -> None:
    """Carry rows out one after the other; finished ones are left as they are, interrupted ones go on.

    Ctrl-C ends the run in hand with a checkpoint.

    Raises
    ------
    MusicAIError: what the process refused, with its own code and exit status.
    TrainingError: the process died; started again it goes on from its last checkpoint.
    """
    experiments = order.experiments()
    read_views(experiments, order.numbers, Path(order.out))  # refuse at once what cannot be gone on with
    with _start() as process:
        try:
            _tell(process, order)
            failure = _follow(process, experiments, display)
            status = process.wait()
        except KeyboardInterrupt:
            _break_off(process)
            raise
        finally:
            process.kill()
    if failure is not None:
        raise failure
    if status:
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        raise TrainingError(
            f"the process that trained was {how}; the same command goes on from its last checkpoint"
        )


def _start() -> "subprocess.Popen[str]":
    heavy_side.insist()
    # -P: a folder of music must not be searched for modules of Python
    command = [sys.executable, "-P", "-m", "musicai.training.experiments"]
    return subprocess.Popen(
        # it stops, with a checkpoint, when this process is killed
        [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *command],
        env=commands.environment(Settings.from_env()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C goes to this process alone, which asks the other one for a checkpoint
        start_new_session=True,
    )


def _tell(process: "subprocess.Popen[str]", order: Order) -> None:
    assert process.stdin is not None  # noqa: S101  # for the type checker
    with suppress(BrokenPipeError):  # it ended before it listened; its status says how
        process.stdin.write(json.dumps(order.to_json()))
        process.stdin.close()


def _follow(
    process: "subprocess.Popen[str]", experiments: ExperimentFile, display: ExperimentDisplay
) -> MusicAIError | None:
    """Show what the process tells until it ends; return the error that it ended with."""
    failure = None
    assert process.stdout is not None  # noqa: S101  # for the type checker
    for line in process.stdout:
        value = json.loads(line)
        event = value.pop("event", None)
        if event is None:
            failure = error_of(value)
        elif event == "said":
            display.said(value["text"])
        else:
            name = experiments.run_name(value.pop("number"))
            if event == "epoch":
                display.epoch(name, EpochReport(**value))
            else:
                display.done(name)
    return failure


def _break_off(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_CHECKPOINT_S)
