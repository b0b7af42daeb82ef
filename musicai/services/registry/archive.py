"""The archive: models that nobody is offered any more. Files and answers stay."""

from sqlalchemy.orm import Session

from musicai.catalogue.session import now
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import StateError
from musicai.services.registry.active import ensure_active
from musicai.services.registry.lookup import named_model, verified_folder
from musicai.services.registry.trail import record
from musicai.services.registry.versions import lock_registry
from musicai.states import ModelEventKind


def archive(session: Session, settings: Settings, name: str, actor: str) -> Model:
    """Offer a model to nobody any more; StateError when it is active, or archived already."""
    lock_registry(session)
    model = named_model(session, settings, name)
    if model.id == ensure_active(session, settings).id:
        raise StateError(f"model {name!r} is the active one: promote another one first, or roll back")
    if settings.model == name:
        raise StateError(f"MUSICAI_MODEL names {name!r}: change the setting first")
    if model.archived_at is not None:
        raise StateError(f"model {name!r} is archived already")
    model.archived_at = now()
    record(session, model, ModelEventKind.ARCHIVED, actor, {})
    return model


def restore(session: Session, settings: Settings, name: str, actor: str) -> Model:
    """Bring a model back out of the archive; StateError when it is not in there, or its files are gone.

    Raises
    ------
    ModelError: its files are damaged.
    """
    lock_registry(session)
    model = named_model(session, settings, name)
    if model.archived_at is None:
        raise StateError(f"model {name!r} is not archived")
    verified_folder(settings, model)
    model.archived_at = None
    record(session, model, ModelEventKind.RESTORED, actor, {})
    return model
