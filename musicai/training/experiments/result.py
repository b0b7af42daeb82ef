"""What an experiment came to, as a JSON file beside its model. Light: no torch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from musicai.errors import StateError
from musicai.whole_file import replacing

RESULT_FILE = "result.json"
CHECKPOINT_FILE = "run.ckpt"
"""Beside a result that is not there yet."""


@dataclass(frozen=True)
class Accuracy:
    """An accuracy, 0..1, on a number of clips, with its 95 % bootstrap interval."""

    accuracy: float
    low: float
    high: float
    clips: int


@dataclass(frozen=True)
class Result:
    """What came out.

    Parameters
    ----------
    number: of the row in its file, from 1.
    digest: of the settings that it came from.
    split_sha256: of the split.
    model: name of the model in the folder ``model``.
    train: accuracy of the final weights on the clips that they learned from, nothing hidden or jittered.
    valid: accuracy on the side that the report calls test.
    test: accuracy on the tenth that the report left alone.
    best_valid: greatest accuracy on `valid` after any epoch: what peeking would give.
    best_epoch: that epoch.
    seconds: time of training.
    picture_size: side of the pictures in pixels.
    front_end: settings of what drew the pictures: of the file's, or of the data's own.
    history: a row per epoch, see `EpochReport`.
    data: the source that it learned from; empty in results of before it was written down.
    """

    number: int
    digest: str
    split_sha256: str
    model: str
    train: Accuracy
    valid: Accuracy
    test: Accuracy
    best_valid: float
    best_epoch: int
    seconds: float
    picture_size: int
    front_end: Mapping[str, Any] = field(default_factory=dict)
    history: list[Mapping[str, Any]] = field(default_factory=list)
    data: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


def write_result(folder: Path, result: Result) -> None:
    """Write the file, whole or not at all."""
    with replacing(folder / RESULT_FILE) as part:
        part.write_text(json.dumps(result.to_json(), indent=1) + "\n", "utf-8")


def read_result(folder: Path, digest: str) -> Result | None:
    """Return the result in a run's folder; None when there is none yet.

    Raises
    ------
    StateError: it is damaged, or of other settings.
    """
    file = folder / RESULT_FILE
    try:
        value = json.loads(file.read_text("utf-8"))
        sides = {side: Accuracy(**value[side]) for side in ("train", "valid", "test")}
        result = Result(**{**value, **sides})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise StateError(f"the result {file} cannot be read ({err}); delete it to run again") from err
    if result.digest != digest:
        raise StateError(f"{folder} holds a result of other settings; give another --out, or delete it")
    return result
