"""What came of a job that a schedule asked for, as its history keeps and shows it."""

from typing import Any

from musicai.catalogue.tables import Job
from musicai.services.jobs import JobView
from musicai.services.run_view import RunView
from musicai.states import RunState

_COUNTS = ("total", "done", "failed", "skipped", "cancelled", "pending")
_SEEN = ("new", "changed", "moved", "missing")


def of_tracks(job: Job | JobView) -> dict[str, Any]:
    """Return what became of the tracks of a job; what its scan saw is known when that is complete."""
    seen = {name: job.report[name] for name in _SEEN if name in job.report}
    return {name: getattr(job, name) for name in _COUNTS} | seen


def of_run(job: JobView, run: RunView) -> dict[str, Any]:
    """Return how far a run is, or the model that it made and what the gate said to it."""
    if run.state != RunState.DONE:
        return {"epoch": run.epoch, "epochs": run.epochs}
    verdict = run.facts.get("verdict", {})
    return {
        "model": job.model,
        "accuracy": run.facts.get("accuracy"),
        "promoted": verdict.get("promoted", False),
        "former": verdict.get("former"),
        "reasons": verdict.get("reasons", []),
    }
