"""Experiments as training runs of the catalogue, which any trainer may carry out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue import runs
from musicai.catalogue.session import reading
from musicai.errors import NotFoundError, StateError, TrainingError
from musicai.services import jobs
from musicai.services.experiments import ExperimentView, read_views
from musicai.services.jobs import JobView
from musicai.services.training import create_run
from musicai.states import RunState
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.order import Order, request_of
from musicai.training.sources import parse_source
from musicai.whole_file import replacing

JOB_FILE = "job.json"
_OVER = (RunState.FAILED, RunState.CANCELLED)
_BESIDES = ("data", "front_end", "skip_unreadable")
"""What decides the outcome of a row besides its own settings."""


def enqueue_experiments(engine: Engine, order: Order) -> list[JobView]:
    """Ask for the rows that are neither finished nor asked for; return the jobs of all unfinished ones.

    A row whose job failed or was cancelled is asked for again.

    Raises
    ------
    StateError: a row was finished or asked for with other settings or data; then nothing is asked for.
    """
    experiments, out = order.experiments(), Path(order.out)
    views = read_views(experiments, order.numbers, out)
    for view in views:
        if view.result is not None and not _is_of(view.result["data"], order.data):
            found = f"{out / view.name} holds a result on {view.result['data']}"
            raise StateError(f"{found}; give another --out, or delete it")
    numbers = [view.number for view in views if view.result is None]
    known = {number: _job_in_hand(engine, order, experiments, number) for number in numbers}
    return [known[number] or _ask(engine, order, experiments, number) for number in numbers]


def _is_of(known: str, wanted: str) -> bool:
    """Whether a result may be of a source; older ones do not say, and a folder's kind may be left out."""
    return not known or parse_source(known).location == parse_source(wanted).location


def _job_in_hand(engine: Engine, order: Order, experiments: ExperimentFile, number: int) -> JobView | None:
    """Return the job that a row was asked for with, unless it came to nothing."""
    known = _known_job(engine, experiments, number, Path(order.out))
    if known is None or known.run is None or known.run.state in _OVER:
        return None
    wanted = request_of(order, experiments, number).to_json()
    if others := [name for name in _BESIDES if known.run.request.get(name) != wanted[name]]:
        over = known.run.state == RunState.DONE
        way_out = "" if over else f", or `musicai jobs cancel {known.id}` first"
        raise StateError(
            f"job {known.id} {'was' if over else 'is'} experiment {number} with other"
            f" {' and '.join(others)}; give another --out{way_out}"
        )
    return known


def _ask(engine: Engine, order: Order, experiments: ExperimentFile, number: int) -> JobView:
    view = create_run(engine, request_of(order, experiments, number))
    _remember(Path(order.out) / experiments.run_name(number), experiments.digest(number), view.id)
    return view


def _remember(folder: Path, digest: str, job_id: int) -> None:
    try:
        with replacing(folder / JOB_FILE) as part:
            part.write_text(json.dumps({"job": job_id, "digest": digest}) + "\n", "utf-8")
    except OSError as err:
        raise TrainingError(
            f"{folder} cannot be written ({err.strerror}); job {job_id} is enqueued, "
            f"`musicai jobs show {job_id}` follows it"
        ) from err


def with_jobs(
    engine: Engine, experiments: ExperimentFile, views: Sequence[ExperimentView], out: Path
) -> Iterator[ExperimentView]:
    """Yield the views, those without a result with what their jobs have found."""
    for view in views:
        job = None if view.result else _known_job(engine, experiments, view.number, out)
        if job is None or job.run is None:
            yield view
        else:
            done = job.run.state == RunState.DONE
            yield replace(view, job=job.id, state=_state(job), result=_found(engine, job) if done else None)


def has_jobs(experiments: ExperimentFile, numbers: Sequence[int], out: Path) -> bool:
    """Whether any of the rows was ever enqueued: nothing else needs the catalogue."""
    return any((out / experiments.run_name(number) / JOB_FILE).exists() for number in numbers)


def _known_job(engine: Engine, experiments: ExperimentFile, number: int, out: Path) -> JobView | None:
    file = out / experiments.run_name(number) / JOB_FILE
    try:
        value = json.loads(file.read_text("utf-8"))
        job_id, digest = int(value["job"]), value["digest"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise StateError(f"{file} cannot be read ({err}); delete it to enqueue again") from err
    if digest != experiments.digest(number):
        raise StateError(f"{file} is a job of other settings; give another --out, or delete it")
    try:
        return jobs.read(engine, job_id)
    except NotFoundError:
        return None  # of another catalogue


def _state(job: JobView) -> str:
    run = job.run
    assert run is not None  # noqa: S101  # for the type checker
    return f"{run.state}, epoch {run.epoch} of {run.epochs}" if run.state == RunState.RUNNING else run.state


def _found(engine: Engine, job: JobView) -> dict[str, Any]:
    """Return the figures of a result, as `Result` has them, from what a run left in the catalogue."""
    run = job.run
    assert run is not None  # noqa: S101  # for the type checker
    low, high = run.facts.get("accuracy_interval_95", (None, None))
    sides = run.facts.get("sides", {})  # runs of before did not measure them
    with reading(engine) as session:
        epochs = [(e.test_accuracy or 0.0, e.epoch, e.seconds) for e in runs.epochs(session, run.id)]
    best_valid, best_epoch, _ = max(epochs, key=lambda epoch: epoch[0], default=(0.0, None, 0.0))
    return {
        "split_sha256": run.facts.get("split_sha256"),
        "model": job.model,
        "train": sides.get("train"),
        "valid": sides.get(
            "valid", {"accuracy": run.test_accuracy, "low": None, "high": None, "clips": None}
        ),
        "test": {
            "accuracy": run.facts.get("accuracy"),
            "low": low,
            "high": high,
            "clips": run.facts.get("held_out"),
        },
        "best_valid": round(best_valid, 4),
        "best_epoch": best_epoch,
        "seconds": round(sum(seconds for *_, seconds in epochs), 1),
        "picture_size": run.request["plan"]["front_end"].get("picture_size"),
        "front_end": run.facts.get("front_end", {}),
        "data": run.request["data"][0],
    }
