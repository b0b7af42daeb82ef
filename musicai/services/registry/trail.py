"""The audit trail: what was done to which model, by whom, and why. Lines are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.session import now
from musicai.catalogue.tables import Model, ModelEvent
from musicai.states import ModelEventKind


@dataclass(frozen=True)
class TrailLine:
    """One line of the audit trail.

    Parameters
    ----------
    model: name of the model.
    event: what was done, see below.
    actor: USER@HOST of whoever asked for it, or the run that did it by itself.
    at: when.
    detail: what belongs to it: the model that was active before, the gate's verdict, whether it was forced.
    """

    model: str
    event: str
    actor: str
    at: datetime
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the line as a JSON object."""
        return {**self.__dict__, "at": self.at.isoformat()}


def record(
    session: Session, model: Model, event: ModelEventKind, actor: str, detail: Mapping[str, Any]
) -> None:
    """Add a line."""
    line = ModelEvent(model_id=model.id, event=event, actor=actor, detail=dict(detail), created_at=now())
    session.add(line)
    session.flush()


def read_trail(session: Session, name: str | None = None) -> list[TrailLine]:
    """Return the lines of one model or of all, the oldest first."""
    query = select(Model.name, ModelEvent).join(Model).order_by(ModelEvent.id)
    if name is not None:
        query = query.where(Model.name == name)
    return [
        TrailLine(model, line.event, line.actor, line.created_at, line.detail)
        for model, line in session.execute(query)
    ]
