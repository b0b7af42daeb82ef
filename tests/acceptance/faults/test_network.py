"""The network between a worker and its servers is cut, without a word, and healed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.progress import goes_on
from tests.acceptance.product import Product, settled, were_interrupted
from tests.services.postgres import PostgresServer
from tests.services.proxy import Network, network
from tests.services.redis import RedisServer
from tests.waiting import PATIENCE_S, until

HANDFUL, MORE = 8, 12
"""Small ones, so that each of three faults is followed by more than one and the dozens suffice."""


@pytest.fixture
def to_database(postgres: PostgresServer) -> Iterator[Network]:
    with network(postgres.socket) as wire:
        yield wire


@pytest.fixture
def to_broker(redis: RedisServer) -> Iterator[Network]:
    with network(redis.address) as wire:
        yield wire


@pytest.fixture
def far_away(
    cluster: Product, redis: RedisServer, to_database: Network, to_broker: Network, slow: dict[str, str]
) -> Product:
    """A node that reaches both servers through networks of their own."""
    name = make_url(cluster.environ["MUSICAI_DATABASE_URL"]).database
    return cluster.with_settings(
        **slow,
        MUSICAI_BROKER_URL=redis.url_at(to_broker.port),
        MUSICAI_DATABASE_URL=f"postgresql://musicai@127.0.0.1:{to_database.port}/{name}",
        MUSICAI_DATABASE_TIMEOUT="3",
        MUSICAI_HANDFUL=str(HANDFUL),
    )


def test_cut_links_are_noticed_and_made_anew(
    cluster: Product, far_away: Product, to_database: Network, to_broker: Network, dozens: Path
) -> None:
    """Each link keeps its other end alive: only who waits for an answer can notice that none comes."""
    job = cluster.json("enqueue", dozens)
    worker = far_away.start("worker")
    waiting = cluster.start("jobs", "resume", "--wait", str(job["id"]), "--json")
    until(lambda: settled(cluster, 8), "tracks")

    for wire in (to_database, to_broker):
        wire.cut()
        time.sleep(1)  # not a condition to wait for: this long nothing comes through
        wire.heal()
    goes_on(cluster, MORE)
    to_database.forget()
    goes_on(cluster, MORE)
    to_broker.forget()
    goes_on(cluster, MORE, patience_s=90)
    to_database.reset()
    to_broker.reset()
    waiting.communicate(timeout=PATIENCE_S)
    assert waiting.returncode == 0
    assert worker.poll() is None
    assert not were_interrupted(cluster)
    assert_all_done(cluster, 120)
