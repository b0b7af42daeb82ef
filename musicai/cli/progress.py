"""How a job gets on: a live bar for people, plain lines for logs."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

from musicai.cli.output import duration
from musicai.cli.training import training_text
from musicai.services.jobs import JobView
from musicai.services.run_view import RunView
from musicai.services.scan_report import ScanProgress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_S = 10.0
"""Seconds between two lines where nobody watches a bar."""


class JobProgress:
    """Shows one job on standard error, so that standard output stays for the answer."""

    def __init__(self, *, live: bool) -> None:
        self._bars = _Bars() if live else _Lines()

    def __enter__(self) -> "JobProgress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def scanned(self, progress: ScanProgress, view: JobView) -> None:
        """Show how far the scan is."""
        self._bars.show(view, f"scanning, {progress.found:,} tracks found")

    def viewed(self, view: JobView) -> None:
        """Show how far the job is."""
        if view.run is not None:
            self._bars.train(view, view.run)
        else:
            self._bars.show(view, "classifying" if view.state != "scanning" else "scanning")
        if view.fault:
            self._bars.say(view.fault)

    def happened(self, event: str) -> None:
        """Tell of something besides."""
        self._bars.say(event)


class _Lines:
    """One line every ten seconds."""

    def __init__(self) -> None:
        self._shown_at = time.monotonic()
        self._said = ""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def show(self, view: JobView, doing: str) -> None:
        if time.monotonic() - self._shown_at >= _LINE_S:
            self._shown_at = time.monotonic()
            failed = f", {view.failed:,} failed" if view.failed else ""
            click.echo(f"job {view.id}: {doing}: {view.settled:,} of {view.total:,}{failed}", err=True)

    def train(self, view: JobView, run: RunView) -> None:
        if time.monotonic() - self._shown_at >= _LINE_S:
            self._shown_at = time.monotonic()
            click.echo(f"job {view.id}: {training_text(run)}", err=True)

    def say(self, event: str) -> None:
        if event != self._said:  # a fault that lasts is said once
            self._said = event
            click.echo(event, err=True)


class _Bars:
    """A bar with rate and time to go."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._start: tuple[int, float] | None = None
        self._said = ""

    def start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def show(self, view: JobView, doing: str) -> None:
        if self._progress is None:
            return
        text = f"job {view.id}  {doing}" + (f"  [red]{view.failed:,} failed" if view.failed else "")
        if self._task is None:
            self._task = self._progress.add_task(text, total=None, rate="")
        self._progress.update(
            self._task, description=text, completed=view.settled, total=view.total, rate=self._rate(view)
        )

    def train(self, view: JobView, run: RunView) -> None:
        if self._progress is None:
            return
        if self._task is None:
            self._task = self._progress.add_task("", total=None, rate="")
        left = "" if run.remaining_s is None else f"{duration(run.remaining_s)} left"
        self._progress.update(
            self._task,
            description=f"job {view.id}  {training_text(run)}",
            completed=run.epoch,
            total=run.epochs or None,
            rate=left,
        )

    def say(self, event: str) -> None:
        if self._progress and event != self._said:
            self._said = event
            self._progress.console.print(event, style="yellow", highlight=False)

    def _rate(self, view: JobView) -> str:
        """Tracks per second since the first one that was worked on."""
        worked = view.done + view.failed
        if self._start is None or worked == 0:
            self._start = (worked, time.monotonic())
        elapsed_s = time.monotonic() - self._start[1]
        speed = (worked - self._start[0]) / elapsed_s if elapsed_s > 1 else 0
        return f"{speed:,.1f} tracks/s" if speed else "starting workers" if not worked else ""
