"""Sums of what nodes did."""

from datetime import timedelta

from sqlalchemy import Engine, update

from musicai.catalogue import counters
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import now, transaction
from musicai.catalogue.tables import Counter
from musicai.states import Stage, TrackOutcome

DONE = (CounterName.TRACKS, TrackOutcome.DONE)
DECODE = (CounterName.SECONDS, Stage.DECODE)


def test_sums_grow_node_by_node(engine: Engine) -> None:
    for node, sums in (("a", {DONE: 2, DECODE: 0.5}), ("a", {DECODE: 0.25}), ("b", {DONE: 1, DECODE: 0})):
        with transaction(engine) as session:
            counters.add(session, node, sums)
    with transaction(engine) as session:
        assert [tuple(total) for total in counters.totals(session)] == [
            ("a", "seconds", "decode", 0.75),
            ("a", "tracks", "done", 2),
            ("b", "tracks", "done", 1),
        ]


def test_nodes_that_are_gone_are_forgotten_whole(engine: Engine) -> None:
    with transaction(engine) as session:
        counters.add(session, "gone", {DONE: 1, DECODE: 1})
        counters.add(session, "here", {DONE: 1})
        old = now() - counters.RETIRED_AFTER - timedelta(hours=1)
        session.execute(update(Counter).values(updated_at=old))
        counters.add(session, "here", {DECODE: 1})
        assert counters.retire(session) == 2
        assert {total.node for total in counters.totals(session)} == {"here"}
        assert len(counters.totals(session)) == 2
