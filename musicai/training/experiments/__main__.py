"""`python -m musicai.training.experiments`: the heavy half of `musicai experiments run`.

Prints a JSON object per line: ``{"event": "said", "text": ...}``, ``{"event": "epoch", "number": 1, ...}``
after each epoch, ``{"event": "done", "number": 1}`` for each finished row, and at most one
``{"error": CODE, "message": ...}``. SIGTERM ends it with a checkpoint.
"""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from musicai.errors import MusicAIError
from musicai.models.threads import use_threads
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.file import ExperimentFile, said_of
from musicai.training.experiments.order import Order
from musicai.training.experiments.perform import Watcher, perform
from musicai.training.experiments.sides import Sides, prepare
from musicai.training.loading import LoadOptions
from musicai.training.rebalance import check_limit
from musicai.training.sources import open_source
from musicai.training.sources.drawn_by import parse_front_end, settings_text
from musicai.training.sources.example import named

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
    out = Path(order.out)
    _say("said", text=f"preparing pictures of {experiments.size} x {experiments.size} from {order.data}")
    drawn_by = parse_front_end(order.front_end) if order.front_end else None
    source = open_source(order.data, front_end=drawn_by)
    sides = prepare(experiments, source, out, LoadOptions(order.skip_unreadable, report=_Drawn()))
    counts = ", ".join(f"{len(getattr(sides, side))} {side}" for side in ("train", "valid", "test"))
    _say("said", text=f"clips: {counts}")
    if sides.unreadable:
        _say("said", text=f"{len(sides.unreadable)} cannot be read: {named(sides.unreadable)}")
    _say("said", text=_drawn_by(experiments, sides))
    for leak in sides.leaks:
        _say("said", text=f"warning: {leak}")
    for number in order.numbers:  # before the first of them takes its hours
        with said_of(f"experiment {number}"):
            check_limit(experiments.rows[number - 1].limit, sides.train.genres)
    for number in order.numbers:
        perform(experiments, number, sides, out, Watcher(_epoch, lambda: asked.came))
        _say("done", number=number)


def _drawn_by(experiments: ExperimentFile, sides: Sides) -> str:
    used = f"front end: {settings_text(sides.front_end)}, in the colours {sides.front_end.colormap}"
    if sides.front_end == experiments.front_end:
        return used
    own = settings_text(experiments.front_end)
    return f"{used}: it drew the data; that of {experiments.name}, {own}, is for audio and spectrograms"


def _say(event: str, **values: Any) -> None:
    _write({"event": event, **values})


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _epoch(number: int, row: EpochReport) -> None:
    _say("epoch", number=number, **row.to_json())


if __name__ == "__main__":
    sys.exit(main())
