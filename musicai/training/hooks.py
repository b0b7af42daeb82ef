"""What a training run tells whoever started it, and asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from musicai.training.epoch_report import EpochReport


def _nothing(_: Any) -> None:
    return None


def _no_count(_: int, __: int) -> None:
    return None


def never() -> bool:
    """Say no to whoever asks whether to stop."""
    return False


@dataclass(frozen=True)
class Hooks:
    """Called by a run, from its own thread.

    Parameters
    ----------
    planned: with the number of epochs, once the data are read.
    epoch: after each epoch, and once for each that a checkpoint says is done.
    facts: with what the run has found out, as JSON.
    say: with a sentence for a log.
    should_stop: whether the run is to write a checkpoint and end.
    read: with how many files of a side of the split are read, and of how many.
    """

    planned: Callable[[int], None] = _nothing
    epoch: Callable[[EpochReport], None] = _nothing
    facts: Callable[[dict[str, Any]], None] = _nothing
    say: Callable[[str], None] = _nothing
    should_stop: Callable[[], bool] = never
    read: Callable[[int, int], None] = _no_count
