"""From a run's outcome to a version of a model that everybody can use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue.runs import ClaimedRun
from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import MusicAIError, StateError, TransientError
from musicai.services.registry.placing import Origin, place_model
from musicai.services.registry.promotion import promote
from musicai.services.registry.versions import next_name
from musicai.training.run import Outcome


@dataclass(frozen=True)
class Publisher:
    """Puts models into the store and into the registry, in the name of their runs."""

    engine: Engine
    settings: Settings

    def name(self, run: ClaimedRun) -> str:
        """Return the name of the family's next version."""
        with reading(self.engine) as session:
            return next_name(session, self.settings, run.name)

    def publish(self, run: ClaimedRun, outcome: Outcome, check: Callable[[Session], None]) -> Model:
        """Store the model and return its row."""
        origin = Origin(_actor(run), {"job": run.job_id})
        return place_model(self.engine, self.settings, outcome.folder, origin, check=check).model

    def offer(self, model: str, run: ClaimedRun) -> dict[str, Any]:
        """Offer a model to the gate; a gate that cannot judge leaves the active model where it is."""
        try:
            promotion = promote(self.engine, self.settings, model, actor=_actor(run))
        except StateError as err:  # promoted before the process died that did it; or the active one changed
            return {"promoted": self._is_active(model), "reasons": [str(err)]}
        except TransientError:
            raise
        except MusicAIError as err:
            return {"promoted": False, "reasons": [str(err)]}
        reasons = list(promotion.judgement.reasons)
        return {"promoted": promotion.promoted, "former": promotion.former, "reasons": reasons}

    def _is_active(self, model: str) -> bool:
        with reading(self.engine) as session:
            return bool(session.scalars(select(Model.active).where(Model.name == model)).first())


def _actor(run: ClaimedRun) -> str:
    return f"job {run.job_id}"
