"""Redis forgets everything: killed without an append-only file, and emptied."""

from pathlib import Path

import psutil
import redis as client

from tests.acceptance.faults.ledgers import assert_all_done
from tests.acceptance.faults.progress import goes_on
from tests.acceptance.product import Product, answers_ping, at_work, caught, settled, were_interrupted
from tests.acceptance.spoilt import spoil_decoder
from tests.acceptance.synth import write_library
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


def test_redis_dies_under_a_worker_that_listens_with_a_task_in_hand(
    cluster: Product, redis: RedisServer, home: Path
) -> None:
    """It hears of its subscription first: closing the channel breaks off, and would fail the next time."""
    library = home / "Music"
    write_library(library, 1)  # of two processes one is free
    gate = home / "gate"
    shut = spoil_decoder(home / "slow", f"while not os.path.exists({str(gate)!r}): time.sleep(0.05)")
    settings = {"MUSICAI_CONCURRENCY": "2", "MUSICAI_ITEM_TIMEOUT": "600", **shut}
    worker = cluster.with_settings(**settings).start("worker")
    until(lambda: answers_ping(cluster, "@"), "the worker")
    cluster.run("enqueue", library)
    process = psutil.Process(worker.pid)
    until(lambda: at_work(cluster), "the track in hand")
    try:
        with client.Redis.from_url(redis.url) as connection:
            until(lambda: caught([process], lambda: listens(connection)), "the worker to listen")
            connection.client_kill_filter(_type="pubsub")
        redis.kill()
    finally:
        process.resume()
    gate.touch()
    until(lambda: not at_work(cluster), "the end of the work in hand")
    redis.start()
    assert cluster.json("enqueue", library, "--force", "--wait")["done"] == 1
    assert worker.poll() is None


def listens(connection: client.Redis) -> bool:
    """Whether somebody waits for messages."""
    return any("b" in one["flags"] for one in connection.client_list())
