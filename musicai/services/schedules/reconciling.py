"""What came of a firing of the reconciler, which makes no job that could tell."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue import schedules
from musicai.catalogue.session import transaction
from musicai.messages import FiringCall
from musicai.services.reconcile import Reconciliation


def note_reconciled(engine: Engine, kwargs: dict[str, Any], mended: Reconciliation) -> None:
    """Write down what a firing mended; others than schedules call the reconciler too.

    Parameters
    ----------
    kwargs: what the message said.

    Raises
    ------
    ConfigError: the message names no firing as it should.
    """
    if "firing" in kwargs:
        call = FiringCall.from_kwargs(kwargs)
        with transaction(engine) as session:
            schedules.finish(session, call.firing, {} if mended.is_idle else asdict(mended))
            schedules.forget_idle(session, call.firing)
