"""How experiments get on: a live bar for people, plain lines for logs."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

from musicai.cli.output import duration, note
from musicai.training.epoch_report import EpochReport

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_S = 10.0
"""Seconds between two lines where nobody watches a bar."""


class ExperimentProgress:
    """Shows runs on standard error, so that standard output stays for the table."""

    def __init__(self, *, live: bool) -> None:
        self._progress = _bars() if live else None
        self._tasks: dict[str, TaskID] = {}
        self._said_at = 0.0

    def __enter__(self) -> "ExperimentProgress":
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def said(self, text: str) -> None:
        """Tell of something."""
        if self._progress:
            self._progress.console.print(text, style="dim", highlight=False, markup=False)
        else:
            note(text)

    def epoch(self, name: str, report: EpochReport) -> None:
        """Show how far a run is."""
        if self._progress:
            task = self._task(name, report.epochs)
            self._progress.update(task, completed=report.epoch, figures=_figures(report))
        elif time.monotonic() - self._said_at >= _LINE_S:
            self._said_at = time.monotonic()
            left = duration(report.seconds * (report.epochs - report.epoch))
            note(f"{name}: epoch {report.epoch} of {report.epochs}, {_figures(report)}, {left} to go")

    def done(self, name: str) -> None:
        """Tell that a run is finished."""
        if self._progress and name in self._tasks:
            self._progress.remove_task(self._tasks.pop(name))
        self.said(f"{name}: finished")

    def _task(self, name: str, epochs: int) -> "TaskID":
        assert self._progress is not None  # noqa: S101  # for the type checker
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=epochs, figures="")
        return self._tasks[name]


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _figures(report: EpochReport) -> str:
    text = f"loss {report.train_loss:.3f}, accuracy {report.train_accuracy:.3f}"
    return text if report.test_accuracy is None else f"{text}, held out {report.test_accuracy:.3f}"
