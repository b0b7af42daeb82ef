"""What docker-compose.yml runs, and what it asks to know whether that works: with real processes."""

import socket
import time
from pathlib import Path

import pytest

from tests.acceptance.product import Product
from tests.contracts.compose import OURS, WRITTEN
from tests.services.redis import RedisServer
from tests.waiting import until

RUNNING = [name for name in OURS if "healthcheck" in WRITTEN[name]]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


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
            "MUSICAI_FLOWER_PORT": free_port(),
            "MUSICAI_EXPORTER_PORT": free_port(),
        }
    )
    yield product
    product.stop()
    redis.stop()


# two workers load torch at once, beside whatever else the machine does
@pytest.mark.timeout(300)
def test_services_run_as_written_and_their_health_checks_tell(product: Product) -> None:
    product.run(*WRITTEN["migrate"]["command"])
    processes = {name: product.start(*WRITTEN[name]["command"]) for name in RUNNING}
    for name in RUNNING:
        until(lambda name=name: is_healthy(product, name), f"the {name} to be healthy", 90)
    asked = [product.start(*question(name)) for name in RUNNING]
    assert [process.communicate(timeout=60)[1] for process in asked] == [""] * len(asked)
    assert [process.returncode for process in asked] == [0] * len(asked)
    for name in ("worker", "trainer", "exporter"):
        processes[name].terminate()
        processes[name].communicate(timeout=45)
        assert not is_healthy(product, name)
