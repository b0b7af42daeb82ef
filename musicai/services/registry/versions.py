"""Names of versions: ``FAMILY-NUMBER``, counted on from what the store and the catalogue know."""

import re

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.models.store import list_names
from musicai.training.family import check_family

_VERSION = re.compile(r"(.+)-(\d{1,8})")
_REGISTRY_LOCK = 7_205_759


def lock_registry(session: Session) -> None:
    """Let no other process register or promote before this transaction ends.

    SQLite needs nothing: a transaction that writes has the whole catalogue to itself.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _REGISTRY_LOCK})


def family_of(name: str) -> str:
    """Return the family of a version: 'jazzbox' of 'jazzbox-2'."""
    found = _VERSION.fullmatch(name)
    return found[1] if found else name


def next_name(session: Session, settings: Settings, family: str) -> str:
    """Return the name of the next version of a family: 'jazzbox-3' where there were two.

    Another process may take it meanwhile: `place_model` looks again when the model is put into the store.

    Raises
    ------
    ConfigError: the family has letters that a model's name may not have.
    """
    check_family(family)
    taken = list_names(settings.model_store) | set(session.scalars(select(Model.name)))
    found = (_VERSION.fullmatch(name) for name in taken)
    return f"{family}-{max((int(f[2]) for f in found if f and f[1] == family), default=0) + 1}"
