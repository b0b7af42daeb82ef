"""How a job gets on: a live bar for people, plain lines for logs."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

import click

from musicai.cli.job_pace import JobPace
from musicai.cli.output import duration
from musicai.cli.training import leaks_of, training_text, who_takes_it_up
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
        self._warned: set[str] = set()

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
            self._warn(view.run)
        else:
            self._bars.show(view, "classifying" if view.state != "scanning" else "scanning")
        if hitch := "\n".join(_hitches(view)):
            self._bars.say(hitch)

    def _warn(self, run: RunView) -> None:
        """Tell of leaks while there is time to stop the run."""
        for leak in leaks_of(run):
            if leak not in self._warned:
                self._warned.add(leak)
                self._bars.say(f"warning: {leak}")

    def happened(self, event: str) -> None:
        """Tell of something besides."""
        self._bars.say(event)


def _hitches(view: JobView) -> Iterator[str]:
    """Yield what keeps a job from getting on."""
    if view.run is not None and view.run.is_silent:
        yield f"job {view.id}: {training_text(view.run)}; {who_takes_it_up(view)}"
    if view.fault:
        yield view.fault


class _Lines:
    """One line every ten seconds."""

    def __init__(self) -> None:
        self._shown_at = time.monotonic()
        self._said = ""
        self._pace = JobPace()

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def show(self, view: JobView, doing: str) -> None:
        self._pace.look(view)
        failed = f"{view.failed:,} failed" if view.failed else ""
        self._line(
            view,
            f"{doing}: {view.settled:,} of {view.total:,}",
            failed,
            self._pace.speed(),
            self._pace.left(view),
        )

    def train(self, view: JobView, run: RunView) -> None:
        self._pace.look(view)
        self._line(view, training_text(run), _time_left(run))

    def say(self, event: str) -> None:
        if event != self._said:  # a fault that lasts is said once
            self._said = event
            click.echo(event, err=True)

    def _line(self, view: JobView, *parts: str) -> None:
        if time.monotonic() - self._shown_at >= _LINE_S:
            self._shown_at = time.monotonic()
            click.echo(f"job {view.id}: " + ", ".join(filter(None, (*parts, self._pace.who()))), err=True)


class _Bars:
    """A bar with rate, time to go and who works on it."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._pace = JobPace()
        self._said = ""

    def start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def show(self, view: JobView, doing: str) -> None:
        self._pace.look(view)
        text = doing + (f"  [red]{view.failed:,} failed" if view.failed else "")
        self._update(view, text, (view.settled, view.total), self._pace.speed(), self._pace.left(view))

    def train(self, view: JobView, run: RunView) -> None:
        self._pace.look(view)
        self._update(view, training_text(run), (run.epoch, run.epochs or None), _time_left(run))

    def say(self, event: str) -> None:
        if self._progress and event != self._said:
            self._said = event
            self._progress.console.print(event, style="yellow", highlight=False, markup=False)

    def _update(self, view: JobView, text: str, done: tuple[int, int | None], *pace: str) -> None:
        if self._progress is None:
            return
        if self._task is None:
            self._task = self._progress.add_task("", total=None, pace="")
        self._progress.update(
            self._task,
            description=f"job {view.id}  {text}",
            completed=done[0],
            total=done[1],
            pace=", ".join(filter(None, (*pace, self._pace.who()))),
        )


def _time_left(run: RunView) -> str:
    return "" if run.remaining_s is None else f"{duration(run.remaining_s)} left"
