"""From a run's outcome to a version of a model that everybody can use."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue.runs import ClaimedRun
from musicai.config import Settings
from musicai.services.registry.register import register_candidate
from musicai.services.registry.versions import next_name
from musicai.training.run import Outcome


@dataclass(frozen=True)
class Publisher:
    """Puts models into the store and into the registry, in the name of their runs."""

    engine: Engine
    settings: Settings

    def name(self, session: Session, run: ClaimedRun) -> str:
        """Return the name of the family's next version."""
        return next_name(session, self.settings, run.name)

    def publish(self, session: Session, run: ClaimedRun, outcome: Outcome) -> int:
        """Store the model and return the number of its row. Safe to call twice."""
        detail = {"run": run.id, "job": run.job_id}
        model = register_candidate(session, self.settings, outcome.folder, f"run {run.id}", detail)
        return model.id

    def offer(self, model_id: int, run: ClaimedRun) -> dict[str, Any]:
        """Offer a model to the gate; promote it if it passes."""
        raise NotImplementedError
