"""Training runs as people see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from musicai.catalogue.leases import is_over
from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Epoch, Run
from musicai.states import RunState


@dataclass(frozen=True)
class RunView:
    """A training run as people see it."""

    id: int
    """Its number; its folder is called as its job is."""
    name: str
    """The family of the model that it trains."""
    state: str
    """Where it stands."""
    epoch: int
    """Epochs that are done."""
    epochs: int
    """Epochs in all; 0 until the data are read."""
    attempts: int
    """How often somebody began or resumed it."""
    train_loss: float | None
    """Loss of the latest epoch on what it learns from."""
    train_accuracy: float | None
    """Share of right answers on what it learns from."""
    test_loss: float | None
    """Loss on held-out tracks after the latest epoch."""
    test_accuracy: float | None
    """Share of right answers on held-out tracks."""
    remaining_s: float | None
    """Seconds that are left at the pace of the latest epochs; None when that is not known."""
    folder: str | None
    """Where its checkpoints and artefacts lie."""
    is_silent: bool
    """Whether whoever began it gives no sign of life: others may take it up."""
    error_code: str | None
    """Why it failed, as a code."""
    error_reason: str | None
    """Why it failed, in words."""
    request: Mapping[str, Any]
    """What was asked for."""
    facts: Mapping[str, Any]
    """What it used and found: digests of data and split, leaks, figures, the gate's verdict."""
    started_at: datetime | None
    """When somebody first began it."""
    ended_at: datetime | None
    """When it ended."""

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("started_at", "ended_at"):
            values[name] = values[name].isoformat() if values[name] else None
        return values


_PACE = 10
"""Epochs by whose pace the rest is estimated."""


def view_runs(session: Session, job_ids: Sequence[int]) -> dict[int, RunView]:
    """Return the runs of jobs, by job; jobs that train nothing are left out."""
    runs = session.scalars(select(Run).where(Run.job_id.in_(job_ids))).all()
    moment = shared_now(session)
    return {run.job_id: _view(session, run, moment) for run in runs}


def _view(session: Session, run: Run, moment: datetime) -> RunView:
    silent = is_silent(run, moment)
    latest = session.get(Epoch, (run.id, run.epoch)) if run.epoch else None
    return RunView(
        id=run.id,
        name=run.name,
        state=run.state,
        epoch=run.epoch,
        epochs=run.epochs,
        attempts=run.attempts,
        train_loss=latest.train_loss if latest else None,
        train_accuracy=latest.train_accuracy if latest else None,
        test_loss=latest.test_loss if latest else None,
        test_accuracy=latest.test_accuracy if latest else None,
        remaining_s=None if silent else _remaining_s(session, run),
        folder=run.folder,
        is_silent=silent,
        error_code=run.error_code,
        error_reason=run.error_reason,
        request=run.request,
        facts=run.facts,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )


def is_silent(run: Run, moment: datetime) -> bool:
    """Whether a run is in the hands of somebody of whom nobody believes that he works on it."""
    return run.state == RunState.RUNNING and is_over(run.holder, run.lease_until, moment)


def _remaining_s(session: Session, run: Run) -> float | None:
    if not run.epoch or run.epoch >= run.epochs:
        return None
    recent = select(func.avg(Epoch.seconds)).where(
        Epoch.run_id == run.id, Epoch.epoch > run.epoch - _PACE, Epoch.epoch <= run.epoch
    )
    pace_s = session.scalars(recent).one()
    return None if pace_s is None else round(pace_s * (run.epochs - run.epoch), 1)
