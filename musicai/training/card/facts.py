"""What a card is made of besides the side-car."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicai.training.calibration import Measured
from musicai.training.evaluation.figures import Evaluation

Table = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Facts:
    """What is known besides the side-car; anything may be absent.

    Parameters
    ----------
    folder: of the model; what lies in it is counted and linked.
    evaluation: on held-out tracks.
    measured: precision and coverage of the threshold, with intervals.
    command: that made the model, as it was typed.
    duration_s: of the training.
    seeds: accuracies that other seeds gave.
    robustness: lines of a table, title -> cell: what changed clips are answered.
    leaks: what stands on two sides of the split, in sentences.
    about: sentences by a person, which come first.
    limits: sentences by a person, which join the limits.
    """

    folder: Path | None = None
    evaluation: Evaluation | None = None
    measured: Measured | None = None
    command: str = ""
    duration_s: float | None = None
    seeds: Sequence[float] = ()
    robustness: Table = ()
    leaks: Sequence[str] = ()
    about: str = ""
    limits: Sequence[str] = ()
