"""What docker-compose.yml runs, and what it asks to know whether that works: with real processes."""

import time
from pathlib import Path

import pytest

from tests.acceptance.product import Product
from tests.contracts.compose import OURS, WRITTEN
from tests.services.ports import free_port
from tests.services.redis import RedisServer
from tests.waiting import GRACE_S, PATIENCE_S, until

RUNNING = [name for name in OURS if "healthcheck" in WRITTEN[name]]


def question(name: str) -> list[str]:
    _, program, *arguments = WRITTEN[name]["healthcheck"]["test"]
    assert program == "musicai"
    return arguments


def is_healthy(product: Product, name: str) -> bool:
    time.sleep(0.5)  # each question slows down what it waits for
    return product.run(*question(name), status=None).returncode == 0


@pytest.fixture
def product(home: Path, tmp_path: Path):
    """MusicAI on a Redis with a password."""
    redis = RedisServer(tmp_path)
    redis.start()
    product = Product(
        {
            "MUSICAI_HOME": str(home),
            "MUSICAI_BROKER_URL": redis.url,
            "MUSICAI_CONCURRENCY": "1",
            "MUSICAI_FLOWER_PORT": str(free_port()),
            "MUSICAI_EXPORTER_PORT": str(free_port()),
        }
    )
    yield product
    product.stop()
    redis.stop()


def test_services_run_as_written_and_their_health_checks_tell(product: Product) -> None:
    product.run(*WRITTEN["migrate"]["command"])
    processes = {name: product.start(*WRITTEN[name]["command"]) for name in RUNNING}
    for name in RUNNING:
        until(lambda name=name: is_healthy(product, name), f"the {name} to be healthy")
    for name in RUNNING:  # one after the other: each gives its service a few seconds to answer
        asked = product.start(*question(name))
        _, complaints = asked.communicate(timeout=PATIENCE_S)
        assert (asked.returncode, complaints) == (0, "")
    for name in ("worker", "trainer", "exporter"):
        processes[name].terminate()
        processes[name].communicate(timeout=GRACE_S)
        assert not is_healthy(product, name)
