"""Promotion: a candidate becomes the active model when it is proved to be better, or when it is forced.

Files are loaded and compared before anything is written; then one transaction changes the active model and
the audit trail, or nothing. Workers ask the catalogue for a job's model, so the next job gets the new one.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import StateError
from musicai.services.registry.active import ensure_active, make_active
from musicai.services.registry.common_answers import common_answers
from musicai.services.registry.files import probe_models
from musicai.services.registry.judgement import Judgement, Rules, judge
from musicai.services.registry.lookup import offered_model, verified_folder
from musicai.services.registry.provenance import leaks_against
from musicai.services.registry.trail import record
from musicai.services.registry.versions import lock_registry
from musicai.states import ModelEventKind


@dataclass(frozen=True)
class Promotion:
    """What came of the wish to promote a model.

    Parameters
    ----------
    model: which one.
    promoted: whether it is the active model now.
    former: the model that was active before, or still is.
    forced: whether it was promoted although the gate said no.
    judgement: what the gate said: `passed`, `reasons`, and `verdict` with the paired test.
    overruled_by: MUSICAI_MODEL, when that names another model which answers on this node all the same.
    """

    model: str
    promoted: bool
    former: str
    forced: bool
    judgement: Judgement
    overruled_by: str | None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {**self.__dict__, "judgement": self.judgement.to_json()}


def promote(
    engine: Engine,
    settings: Settings,
    name: str,
    *,
    actor: str,
    rules: Rules | None = None,
    force: bool = False,
    data: str | None = None,
) -> Promotion:
    """Make a model the active one if it passes the gate, or if it is forced; both are put on record.

    Parameters
    ----------
    data: where the tracks of the candidate's held-out list lie, for an active model that has no answers
        to them; None: where the candidate was trained from.

    Raises
    ------
    StateError: it is the active model already, is archived, or another model became active meanwhile.
    ModelError: its files are damaged. The active model stays.
    """
    with transaction(engine) as session:
        candidate, active = offered_model(session, settings, name), ensure_active(session, settings)
    if candidate.id == active.id:
        raise StateError(f"model {name!r} is the active one already")
    folder = verified_folder(settings, candidate)
    answers = common_answers(settings, folder, active, data)
    against = leaks_against(folder, candidate.side_car)
    judgement = judge(
        answers.candidate, answers.active, rules or Rules(), against, incomparable=answers.incomparable
    )
    judgement = replace(judgement, reasons=(*judgement.reasons, *answers.notes))
    promoted, forced = force or judgement.passed, force and not judgement.passed
    if promoted:
        probe_models(settings, folder)
    with transaction(engine) as session:
        _check_unchanged(session, settings, candidate, active)
        detail = {"former": active.name, "forced": forced, "judgement": judgement.to_json()}
        if promoted:
            make_active(session, candidate)
        kind = ModelEventKind.PROMOTED if promoted else ModelEventKind.REFUSED
        record(session, candidate, kind, actor, detail)
    return Promotion(
        model=name,
        promoted=promoted,
        former=active.name,
        forced=forced,
        judgement=judgement,
        overruled_by=overruling(settings, name),
    )


def overruling(settings: Settings, name: str) -> str | None:
    """Return the model that MUSICAI_MODEL names, when it is another one."""
    return settings.model if settings.model and settings.model != name else None


def _check_unchanged(session: Session, settings: Settings, candidate: Model, active: Model) -> None:
    lock_registry(session)
    now_active = ensure_active(session, settings)
    if now_active.id != active.id:
        raise StateError(
            f"model {now_active.name!r} became active while {candidate.name!r} was compared with "
            f"{active.name!r}; promote again to compare it with that one"
        )
    offered_model(session, settings, candidate.name)
