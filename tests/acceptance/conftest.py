"""A home, a library of synthesised music, and the product as processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library
from tests.services.redis import RedisServer


@pytest.fixture
def product(home: Path) -> Iterator[Product]:
    """MusicAI with nothing configured but its home."""
    product = Product({"MUSICAI_HOME": str(home)})
    yield product
    product.stop()


@pytest.fixture(scope="session")
def hundreds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 300 clips that nobody changes."""
    folder = tmp_path_factory.mktemp("hundreds") / "Music"
    write_library(folder, 300)
    return folder


@pytest.fixture
def slow(home: Path) -> dict[str, str]:
    """The environment of a process that is met in the middle of its job, on any machine."""
    return slow_storage(home / "slow", 0.1)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that a test may kill and start again."""
    server = RedisServer(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()
