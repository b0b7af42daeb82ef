"""The record of a run that people look at: TensorBoard's events, and the curves as a picture.

journal = Journal(Path("logs") / "my-run", "my-run")
train(..., resumed=journal.resumed, report=journal.epoch)
journal.close()

``tensorboard --logdir logs`` shows the tags ``loss/train``, ``accuracy/train``, ``loss/test`` and
``accuracy/test``.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicai.errors import TrainingError
from musicai.training.curves import draw_curves
from musicai.training.epoch_report import EpochReport
from musicai.whole_file import replacing

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter

__all__ = ["CURVES_FILE", "Journal", "draw_curves"]

CURVES_FILE = "curves.png"
_REDRAW_S = 30.0


class Journal:
    """Writes the epochs of one run into a folder of its own.

    Parameters
    ----------
    folder: where events and curves go; TensorBoard shows its name.
    title: stands above the curves.
    """

    def __init__(self, folder: Path, title: str) -> None:
        self._folder = folder
        self._title = title
        self._history: list[EpochReport] = []
        self._events: EventsWriter | None = None
        self._drawn = 0.0

    def resumed(self, history: Sequence[EpochReport]) -> None:
        """Begin anew with the epochs that a checkpoint holds.

        What an interrupted process wrote goes: it may have got further than its checkpoint.
        """
        self._history = []
        try:
            if self._events is not None:
                self._events.close()
                self._events = None
            for file in self._folder.glob("events.out.tfevents.*"):
                file.unlink()
            for row in history:
                self._write(row)
            self._flush()
        except OSError as err:
            raise self._error(err) from err

    def epoch(self, row: EpochReport) -> None:
        """Add an epoch."""
        try:
            self._write(row)
            self._flush()
            if time.monotonic() - self._drawn > _REDRAW_S:
                self._draw()
        except OSError as err:
            raise self._error(err) from err

    def close(self) -> None:
        """Draw the curves of all epochs, and close the file."""
        try:
            self._draw()
            if self._events is not None:
                self._events.close()
        except OSError as err:
            raise self._error(err) from err

    def _write(self, row: EpochReport) -> None:
        # brings the client of S3, a third of a second that only who keeps a journal should wait for
        from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415
        from tensorboardX.summary import scalar  # noqa: PLC0415

        self._history.append(row)
        values = {
            "loss/train": row.train_loss,
            "accuracy/train": row.train_accuracy,
            "loss/test": row.test_loss,
            "accuracy/test": row.test_accuracy,
        }
        for tag, value in values.items():
            if value is not None:
                event = Event(wall_time=time.time(), step=row.epoch, summary=scalar(tag, value))
                self._writer().write_event(event)

    def _writer(self) -> "EventsWriter":
        from tensorboardX.event_file_writer import EventsWriter  # noqa: PLC0415 -- see above

        # the writer without a thread: the package's usual one waits for ever on a thread that a full
        # disk has ended
        if self._events is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._events = EventsWriter(str(self._folder / "events"))
        return self._events

    def _flush(self) -> None:
        if self._events is not None:
            self._events.flush()

    def _draw(self) -> None:
        if not self._history:
            return
        self._drawn = time.monotonic()
        with replacing(self._folder / CURVES_FILE) as part:
            draw_curves(self._history, self._title).save(part, "PNG")

    def _error(self, err: OSError) -> TrainingError:
        return TrainingError(
            f"the journal {self._folder} cannot be written ({err.strerror}); the checkpoint stays: "
            "make room and start the run again, it goes on from there"
        )
