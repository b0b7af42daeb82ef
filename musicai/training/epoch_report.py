"""What is known after each epoch of a run. Light: no torch."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class EpochReport:
    """The figures of one epoch.

    Parameters
    ----------
    epoch, epochs: number of this epoch, from 1, and how many there will be.
    train_loss, train_accuracy: means over the epoch while it learned, with augmentation and dropout on;
        loss in nats. Of mixed clips the accuracy counts the genre with the greater share.
    test_loss, test_accuracy: on the clips that the run watches, after the epoch; None: it watches none.
    rate: learning rate of the last step.
    seconds: time that the epoch took, watching included.
    """

    epoch: int
    epochs: int
    train_loss: float
    train_accuracy: float
    test_loss: float | None
    test_accuracy: float | None
    rate: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that ``EpochReport(**value)`` reads back."""
        return asdict(self)
