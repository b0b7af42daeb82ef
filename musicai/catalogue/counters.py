"""Sums that only grow, one row for each node: tracks by outcome, seconds by stage.

They are written at the end of the transaction that made them true, so that they agree with the ledger,
and last, so that nobody waits for a row of them while holding another's.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.session import shared_now
from musicai.catalogue.tables import Counter

RETIRED_AFTER = timedelta(days=7)
"""A node that did nothing for so long is gone: containers get a new name at each start."""


class CounterName(StrEnum):
    """What is summed up."""

    TRACKS = "tracks"
    """Tracks by `TrackOutcome`."""
    FAILURES = "failures"
    """Failed tracks by error code."""
    SECONDS = "seconds"
    """Seconds of workers by `Stage`."""


Sums = Mapping[tuple[CounterName, str], float]
"""(name, label) -> what is to be added."""


class Total(NamedTuple):
    """One sum of one node."""

    node: str
    name: str
    label: str
    value: float


def add(session: Session, node: str, sums: Sums) -> None:
    """Add to the sums of a node."""
    moment = shared_now(session)
    # one order for everybody: two processes of a node would deadlock otherwise
    rows = [
        {"node": node, "name": name, "label": label, "value": float(value), "updated_at": moment}
        for (name, label), value in sorted(sums.items())
        if value
    ]
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Counter).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["node", "name", "label"],
            set_={
                "value": Counter.value + statement.excluded.value,
                "updated_at": statement.excluded.updated_at,
            },
        )
    )


def totals(session: Session) -> list[Total]:
    """Return all sums of all nodes."""
    query = select(Counter.node, Counter.name, Counter.label, Counter.value)
    return [Total(*row) for row in session.execute(query.order_by(*Counter.__table__.primary_key))]


def retire(session: Session) -> int:
    """Forget the nodes that are gone; return how many sums that were.

    A node whose sums are partly old keeps them all: a sum that comes back smaller reads like a restart.
    """
    alive = select(Counter.node).where(Counter.updated_at >= shared_now(session) - RETIRED_AFTER)
    return ledger.changed(session, delete(Counter).where(Counter.node.not_in(alive)))
