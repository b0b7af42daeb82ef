"""Redis forgets everything: killed without an append-only file, and emptied."""

from pathlib import Path

import redis as client

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.progress import goes_on
from tests.acceptance.product import Product, settled, were_interrupted
from tests.services.redis import RedisServer
from tests.waiting import PATIENCE_S, until


def test_redis_loses_every_message(
    cluster: Product, redis: RedisServer, dozens: Path, slow: dict[str, str]
) -> None:
    job = cluster.json("enqueue", dozens)
    worker = cluster.with_settings(**slow).start("worker")
    # reconciles, as the scheduler does once a minute
    waiting = cluster.start("jobs", "resume", "--wait", str(job["id"]), "--json")
    until(lambda: settled(cluster, 8), "eight tracks")
    redis.kill()
    redis.start(durable=False)
    goes_on(cluster)
    with client.Redis.from_url(redis.url) as connection:
        connection.flushall()
    _, err = waiting.communicate(timeout=PATIENCE_S)
    assert waiting.returncode == 0, err
    assert worker.poll() is None
    assert not were_interrupted(cluster)
    assert_all_done(cluster, 120)
