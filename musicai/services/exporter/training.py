"""What the exporter says about training runs."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Epoch, Run
from musicai.services.exporter import metrics
from musicai.services.exporter.metrics import Reading
from musicai.states import RunState

_LIVE = (RunState.WAITING, RunState.RUNNING)


def read_training(session: Session) -> Iterator[Reading]:
    """Yield how many runs there are, and how far the live ones are."""
    counts = dict(iter(session.execute(select(Run.state, func.count()).group_by(Run.state))))
    for state in RunState:
        yield Reading(metrics.RUNS, (state,), counts.get(state, 0))
    for run in session.scalars(select(Run).where(Run.state.in_(_LIVE))):
        yield from _progress(session, run)


def _progress(session: Session, run: Run) -> Iterator[Reading]:
    labels = (str(run.job_id), run.name)
    yield Reading(metrics.EPOCH, labels, run.epoch)
    yield Reading(metrics.EPOCHS, labels, run.epochs)
    latest = session.get(Epoch, (run.id, run.epoch)) if run.epoch else None
    if run.state == RunState.RUNNING and run.started_at is not None:
        since = latest.created_at if latest else run.started_at
        yield Reading(metrics.EPOCH_AGE, labels, max((shared_now(session) - since).total_seconds(), 0.0))
    if latest is not None:
        yield from _figures(latest, labels)


def _figures(epoch: Epoch, labels: tuple[str, str]) -> Iterator[Reading]:
    for metric, side, value in (
        (metrics.LOSS, "train", epoch.train_loss),
        (metrics.LOSS, "held_out", epoch.test_loss),
        (metrics.ACCURACY, "train", epoch.train_accuracy),
        (metrics.ACCURACY, "held_out", epoch.test_accuracy),
    ):
        if value is not None:
            yield Reading(metric, (*labels, side), value)
