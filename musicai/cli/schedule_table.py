"""Schedules and their firings as people read them."""

import shlex
from collections.abc import Sequence
from datetime import datetime

import click

from musicai.catalogue.session import now
from musicai.cli.instants import elsewhere, from_now, local, stretch
from musicai.cli.output import console, counted, is_terminal, new_table, note, print_lines, printable
from musicai.services.schedules.views import FiringView, ScheduleView

_LIST = ("Schedule", "Kind", "When", "Next", "Last")
_HISTORY = ("Due", "Fired", "State", "Job", "What came of it")


def print_schedules(views: Sequence[ScheduleView]) -> None:
    """Print a line for each schedule."""
    _print_rows(_LIST, [_cells(view) for view in views])


def print_history(view: ScheduleView, firings: Sequence[FiringView]) -> None:
    """Print a line for each firing of a schedule."""
    if not firings:
        note(f"schedule {view.name} has not fired yet" + (f": {_next(view)}" if view.next_at else ""))
        return
    _print_rows(_HISTORY, [_firing_cells(firing) for firing in firings])


def _print_rows(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not is_terminal():
        print_lines([titles, *rows])
        return
    from rich.text import Text

    table = new_table(*titles, right=("Job",))
    for row in rows:
        table.add_row(*map(Text, map(printable, row)))
    console().print(table)


def _cells(view: ScheduleView) -> tuple[str, ...]:
    last = f"{view.last.state} {from_now(view.last.fired_at, now())}" if view.last else ""
    return (view.name, view.kind, when(view), _next(view), last)


def when(view: ScheduleView) -> str:
    """Return in words when a schedule is due."""
    if view.cron is not None:
        return f"{view.cron}, {view.zone}"
    return f"every {stretch(view.every_s)}" if view.every_s is not None else "once"


def _next(view: ScheduleView) -> str:
    return _instant(view.next_at, view) if view.next_at else view.state


def _instant(instant: datetime, view: ScheduleView) -> str:
    # an interval is as long in every zone
    there, moment = "" if view.every_s else elsewhere(instant, view.zone), now()
    when = from_now(instant, moment) if instant > moment else f"due {from_now(instant, moment)}"
    return f"{local(instant)}, {when}" + (f" ({there})" if there else "")


def print_schedule(view: ScheduleView) -> None:
    """Print one schedule whole."""
    click.echo(f"schedule {view.name}: {view.kind}, {view.state}")
    lines = {
        "when": when(view),
        "asks for": _asked(view),
        "missed": "runs once when a scheduler is back" if view.misfire == "run_once" else "skipped",
        "grace": stretch(view.grace_s),
        "last": _last(view.last) if view.last else "",
        "added": f"{local(view.created_at)} by {view.actor}",
    }
    for name, text in lines.items():
        if text:
            click.echo(f"{name:<10}{printable(text)}")
    for number, instant in enumerate(view.upcoming):
        click.echo(f"{'next' if not number else '':<10}{_instant(instant, view)}")


def _asked(view: ScheduleView) -> str:
    if view.kind == "retrain":
        return shlex.join(["train", *view.options.get("arguments", ())])
    if view.kind == "rescan":
        model = view.options.get("model")
        return shlex.join(
            ["enqueue", *view.options.get("paths", ()), *(["--model", model] if model else [])]
        )
    return ""


def _last(firing: FiringView) -> str:
    said = account(firing)
    return f"{local(firing.fired_at)}, {firing.state}" + (f": {said}" if said else "")


def _firing_cells(firing: FiringView) -> tuple[str, ...]:
    fired = from_now(firing.fired_at, now())
    due = "by hand" if firing.cause == "by_hand" else local(firing.due_at)
    return (due, fired, firing.state, str(firing.job_id or ""), account(firing))


def account(firing: FiringView) -> str:
    """Return in a line what came of a firing."""
    parts = [_missed(firing), _came_of_it(firing), firing.error_reason or ""]
    return "; ".join(filter(None, parts)) or ("all was well" if firing.state == "done" else "")


def _missed(firing: FiringView) -> str:
    if not firing.missed or firing.missed_since is None:
        return ""
    times = "once" if firing.missed == 1 else f"{firing.missed} times"
    return f"missed {times} since {local(firing.missed_since)}"


def _came_of_it(firing: FiringView) -> str:
    outcome = firing.outcome
    if "model" in outcome:
        return _of_gate(firing)
    if "epochs" in outcome:
        return f"epoch {outcome['epoch']} of {outcome['epochs']}" if outcome["epochs"] else ""
    if "total" in outcome:
        return _of_tracks(firing)
    if "released" in outcome:
        mended = {"put back": "released", "closed": "closed", "woken": "woken", "retired": "retired"}
        return ", ".join(f"{outcome[key]} {text}" for text, key in mended.items() if outcome.get(key))
    return ""


def _of_gate(firing: FiringView) -> str:
    outcome = firing.outcome
    accuracy = outcome.get("accuracy")
    figures = f" (accuracy {accuracy:.2f})" if accuracy is not None else ""
    if outcome.get("promoted"):
        former = outcome.get("former")
        place = f" in the place of {former}" if former else ""
        return f"{outcome['model']}{figures} promoted{place}"
    reasons = "; ".join(outcome.get("reasons", ())[:1])
    return f"{outcome['model']}{figures} not promoted" + (f": {reasons}" if reasons else "")


def _of_tracks(firing: FiringView) -> str:
    outcome = firing.outcome
    counts = {
        "new": "new",
        "changed": "changed",
        "moved": "moved",
        "missing": "missing",
        "classified": "done",
        "failed": "failed",
        "need no work": "skipped",
        "waiting": "pending",
    }
    said = [f"{outcome[key]} {text}" for text, key in counts.items() if outcome.get(key)]
    if "new" in outcome and not any(outcome.get(key) for key in counts.values() if key != "skipped"):
        said = ["nothing new"]
    return f"{counted(outcome['total'], 'track')}" + (f": {', '.join(said)}" if said else "")


def print_begun(view: FiringView) -> None:
    """Say what a firing by hand began, and how to follow it."""
    if view.state == "failed":
        note(f"schedule {view.schedule} could not begin: {view.error_reason}")
    elif view.job_id is not None:
        click.echo(f"schedule {view.schedule} began job {view.job_id}: musicai jobs watch {view.job_id}")
    else:
        click.echo(f"schedule {view.schedule} fired: musicai schedule history {view.schedule}")
