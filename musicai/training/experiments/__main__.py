"""`python -m musicai.training.experiments`: the heavy half of `musicai experiments run`.

Prints a JSON object per line: ``{"event": "said", "text": ...}``, ``{"event": "epoch", "number": 1, ...}``
after each epoch, ``{"event": "done", "number": 1}`` for each finished row, and at most one
``{"error": CODE, "message": ...}``. SIGTERM ends it with a checkpoint.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from musicai.config import Settings
from musicai.errors import MusicAIError, TrainingError
from musicai.front_end import FrontEnd
from musicai.models.threads import use_threads
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.file import ExperimentFile, said_of
from musicai.training.experiments.order import Order, request_of
from musicai.training.experiments.perform import Rows, Watcher
from musicai.training.hooks import Hooks
from musicai.training.material import Material, Surroundings, gather
from musicai.training.rebalance import check_limit
from musicai.training.sources.drawn_by import settings_text
from musicai.training.sources.example import named
from musicai.training.sources.here import catalogue_here

_SAID_S = 10.0


def main() -> int:
    """Carry out the order on standard input; return the exit status."""
    use_threads(1)  # results stay the same anywhere
    asked = _StopAsked()
    signal.signal(signal.SIGTERM, asked)
    try:
        order = Order.from_json(json.loads(sys.stdin.read()))
        _run(order, asked)
    except MusicAIError as err:
        _write({"error": err.code, "message": str(err)})
        return err.exit_status
    return 0


class _StopAsked:
    """Remembers a signal."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self, *_: object) -> None:
        self.came = True


class _Drawn:
    """Tells now and then how many files are done."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        if time.monotonic() - self._said_at >= _SAID_S:
            self._said_at = time.monotonic()
            _say("said", text=f"{done} of {of} files are done")


def _run(order: Order, asked: _StopAsked) -> None:
    experiments = order.experiments()
    _say("said", text=f"preparing pictures of {experiments.size} x {experiments.size} from {order.data}")
    try:
        rows = _prepared(order, experiments, asked)
    except OSError as err:
        raise TrainingError(
            f"{err.filename or order.out} cannot be written: {err.strerror or err}"
        ) from err
    for number in order.numbers:
        rows.perform(number, Watcher(_epoch, lambda: asked.came))
        _say("done", number=number)


def _prepared(order: Order, experiments: ExperimentFile, asked: _StopAsked) -> Rows:
    """Read the data, and keep their split and its leaks once nothing is refused any more."""
    with tempfile.TemporaryDirectory(prefix="musicai-experiments-") as place:
        rows = Rows(order, experiments, _gathered(order, experiments, Path(place), asked))
        rows.check()
        _tell_of(rows)
        rows.out.mkdir(parents=True, exist_ok=True)
        for file in Path(place).iterdir():
            shutil.copyfile(file, rows.out / file.name)
    return rows


def _tell_of(rows: Rows) -> None:
    """Say what there is to know before the first row takes its hours, or refuse it; ConfigError."""
    experiments, material = rows.experiments, rows.material
    if unreadable := material.facts["unreadable"]:
        _say("said", text=f"{len(unreadable)} cannot be read: {named(unreadable)}")
    _say("said", text=_drawn_by(experiments, material.front_end))
    for leak in material.leaks:
        _say("said", text=f"warning: {leak}")
    for number in rows.order.numbers:
        with said_of(f"experiment {number}"):
            check_limit(experiments.rows[number - 1].limit, material.learn.genres)


def _gathered(order: Order, experiments: ExperimentFile, place: Path, asked: _StopAsked) -> Material:
    """Read the data once, for all rows: their split and their pictures are the same."""
    request = replace(request_of(order, experiments, order.numbers[0]), limit={})
    settings = Settings.from_env()
    hooks = Hooks(say=lambda text: _say("said", text=text), read=_Drawn(), should_stop=lambda: asked.came)
    return gather(
        request, place, hooks, Surroundings(catalogue_here(settings, order.data), settings.mounts)
    )


def _drawn_by(experiments: ExperimentFile, front_end: FrontEnd) -> str:
    used = f"front end: {settings_text(front_end)}, in the colours {front_end.colormap}"
    if front_end == experiments.front_end:
        return used
    own = settings_text(experiments.front_end)
    return f"{used}: it drew the data; that of {experiments.name}, {own}, is for audio and spectrograms"


def _say(event: str, **values: Any) -> None:
    _write({"event": event, **values})


def _write(value: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the command was killed: its tether asks for a checkpoint and an end
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end


def _epoch(number: int, row: EpochReport) -> None:
    _say("epoch", number=number, **row.to_json())


if __name__ == "__main__":
    sys.exit(main())
