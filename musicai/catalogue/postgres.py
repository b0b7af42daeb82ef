"""Connections to PostgreSQL that notice when the other side is gone, on both sides.

A network is cut without a word: a firewall forgets, a switch dies, a balancer answers for a server that is
away. The system's own defaults notice after hours, or never.
"""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

T = TypeVar("T")

_CLIENT: Mapping[str, int] = {
    # a restarted server, or none: whoever waits tries again
    "connect_timeout": 3,
    # a link that a firewall or a dead host left half open is noticed within a minute, not after hours
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# The server's side of the same: a node that vanished in a transaction locks out the others until it
# notices. What its administrator has set is left alone.
_SERVER: Mapping[str, int] = {
    "tcp_keepalives_idle": 20,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_IDLE = 5
"""So many times as long as an answer may take a transaction may stand still: a model is stored in one. Some
balancers keep the link alive for a client that is gone."""
_SET = (
    "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS wanted(name, value)"
    " JOIN pg_settings USING (name) WHERE pg_settings.source = 'default'"
)


def postgres_engine(url: str, answer_s: float | None) -> Engine:
    """Return an engine.

    Parameters
    ----------
    answer_s: seconds that a statement may take; beyond it the link is taken for dead. None: any number.
    """
    given = make_url(url).query
    options = {name: value for name, value in _CLIENT.items() if name not in given}
    # pre-ping: a server that was restarted costs one round trip, not one failed handful
    engine = create_engine(url, pool_pre_ping=True, pool_size=2, connect_args=options)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        connection = _Connection.connect(*arguments, **options)
        connection.answer_s = answer_s
        wanted = dict(_SERVER)
        if answer_s is not None:
            wanted["idle_in_transaction_session_timeout"] = round(_IDLE * answer_s * 1000)
        connection.execute(_SET, (list(wanted), [str(value) for value in wanted.values()]))
        connection.commit()
        return connection

    return engine


class _Connection(psycopg.Connection[Any]):
    """A connection that waits for an answer for so long only."""

    answer_s: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        began = time.monotonic()
        try:
            return super().wait(gen, interval, self.answer_s if timeout is None else timeout)
        except psycopg.OperationalError as err:
            if self.answer_s is None or time.monotonic() - began < self.answer_s:
                raise
            # it may still be at work on it: whatever it says now would be taken for the next answer
            self.pgconn.finish()
            raise psycopg.OperationalError(
                f"no answer within {self.answer_s:g} s: the network is cut, or it has too much to do"
            ) from err
