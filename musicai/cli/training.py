"""Training runs as people read them."""

import click

from musicai.cli.output import console, counted, duration, new_table, note, share
from musicai.services.jobs import JobView
from musicai.services.run_view import RunView

_SILENCE = "no sign of life of its trainer"


def training_text(run: RunView) -> str:
    """Return in one line how far a run is."""
    if run.state == "waiting":
        return f"{run.name} waits to be begun"
    if run.is_silent:
        how_far = f" after {run.epoch} of {run.epochs} epochs" if run.epochs else ""
        return f"{run.name}{how_far}: {_SILENCE}"
    if not run.epoch:
        return f"{run.name} reads its data"
    if run.state == "running" and run.epoch >= run.epochs:
        return f"{run.name} has learned, and is measured"
    held_out = f", held out {share(run.test_accuracy)}" if run.test_accuracy is not None else ""
    return (
        f"{run.name} epoch {run.epoch} of {run.epochs}  loss {run.train_loss:.3f}, "
        f"accuracy {share(run.train_accuracy)}{held_out}"
    )


def leaks_of(run: RunView) -> tuple[str, ...]:
    """Return what a run has found on two sides of its split: known before it begins to learn."""
    counts = run.facts.get("leaks")
    if not counts:
        return ()
    from musicai.training.split.leaks import leak_sentences

    return leak_sentences(counts)


def who_takes_it_up(view: JobView) -> str:
    """Say who goes on with a run whose trainer gives no sign of life."""
    resumed = f"`musicai jobs resume {view.id}` goes on with it"
    return resumed if view.state == "paused" else f"{resumed}, or a `musicai trainer` that is free"


def how_training_goes_on(view: JobView, run: RunView) -> str:
    """Say what a run that this command leaves does, and how to take it up."""
    if view.state == "paused":
        return f"job {view.id} is paused after {run.epoch} epochs: musicai jobs resume {view.id}"
    return f"job {view.id} goes on without this command: musicai jobs watch {view.id}"


def print_training(view: JobView) -> None:
    """Print what became of a run: the model and its figures on stdout, the account on stderr."""
    run = view.run
    assert run is not None  # noqa: S101 - a job that trains has one
    if run.state == "failed":
        note(f"job {view.id} failed after {run.epoch} epochs: {run.error_reason}")
        note(f"`musicai jobs retry {view.id}` tries it again")
        return
    if run.state == "cancelled":
        note(f"job {view.id} was cancelled after {run.epoch} epochs: `musicai train` starts another run")
        return
    if view.state == "paused":
        note(how_training_goes_on(view, run))
        return
    if run.state != "done":
        note(f"job {view.id}: {training_text(run)}: musicai jobs watch {view.id}")
        return
    _print_model(view, run)
    note(f"job {view.id} done in {duration(view.elapsed_s)}: `musicai models show {view.model}` tells all")


def _print_model(view: JobView, run: RunView) -> None:
    table = new_table("Model", "Accuracy", "95 %", "Held out", "Unknown below", right=("Accuracy",))
    facts = run.facts
    low, high = facts.get("accuracy_interval_95", (None, None))
    table.add_row(
        view.model,
        share(facts.get("accuracy")),
        f"{share(low)}-{share(high)}",
        counted(facts.get("held_out", 0), "track"),
        share(facts.get("threshold")),
    )
    console().print(table)
    for warning in facts.get("warnings", ()):
        note(f"warning: {warning}")
    if verdict := facts.get("verdict"):
        promoted = "promoted" if verdict["promoted"] else "not promoted"
        note(f"{promoted}: " + "; ".join(verdict["reasons"]))


def asked_by(view: JobView) -> str:
    """Return who asked for a job, when it was no person."""
    return f", asked for by schedule {view.schedule!r}" if view.schedule else ""


def print_run(view: JobView, run: RunView) -> None:
    """Print a job that trains, whole."""
    click.echo(f"job {view.id}: train {run.name}, {view.stands}, priority {view.priority}{asked_by(view)}")
    lines = {
        "run": f"{run.state}, begun {run.attempts} times" if run.attempts > 1 else run.state,
        "data": ", ".join(run.request.get("data", ())),
        "silent": f"{_SILENCE}; {who_takes_it_up(view)}" if run.is_silent else "",
        "epoch": f"{run.epoch} of {run.epochs}" if run.epochs else "",
        "loss": _pair(run.train_loss, run.test_loss, "{:.3f}"),
        "accuracy": _pair(run.train_accuracy, run.test_accuracy, "{:.2f}"),
        "left": duration(run.remaining_s) if run.remaining_s is not None else "",
        "folder": run.folder or "",
        "model": view.model if run.state == "done" else "",
        "failed": f"{run.error_code}: {run.error_reason}" if run.error_code else "",
        "again": f"musicai jobs retry {view.id}" if run.state == "failed" else "",
        "fault": view.fault or "",
    }
    for name, text in lines.items():
        if text:
            click.echo(f"{name:<10}{text}")


def _pair(learnt: float | None, held_out: float | None, form: str) -> str:
    if learnt is None:
        return ""
    other = f", held out {form.format(held_out)}" if held_out is not None else ""
    return form.format(learnt) + other
