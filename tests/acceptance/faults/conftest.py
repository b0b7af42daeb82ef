"""MusicAI on servers that can be killed, cut off and started again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.lessons import write_recipe, write_spectrograms
from tests.acceptance.product import Product
from tests.acceptance.spoilt import slow_lessons
from tests.acceptance.synth import write_library
from tests.services.redis import RedisServer


@pytest.fixture
def cluster(home: Path, redis: RedisServer, postgres_url: str) -> Iterator[Product]:
    """MusicAI on a Redis and on PostgreSQL, with its tables and no worker yet."""
    product = Product(
        {
            "MUSICAI_HOME": str(home),
            "MUSICAI_BROKER_URL": redis.url,
            "MUSICAI_DATABASE_URL": postgres_url,
            "MUSICAI_CONCURRENCY": "1",
        }
    )
    product.run("db", "upgrade")
    yield product
    product.stop()


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments of a training that nobody sees the end of."""
    folder = tmp_path_factory.mktemp("lessons")
    spectrograms = write_spectrograms(folder / "spectrograms")
    recipe = write_recipe(folder / "long.json", 20_000)
    return ["--name", "long", "--data", str(spectrograms), "--recipe", str(recipe), "--enqueue"]


@pytest.fixture(scope="session")
def dozens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 120 clips that nobody changes."""
    folder = tmp_path_factory.mktemp("dozens") / "Music"
    write_library(folder, 120)
    return folder


@pytest.fixture
def slow_run(home: Path) -> dict[str, str]:
    """The environment of a trainer that leaves the cores to others."""
    return slow_lessons(home / "slow run", 0.2)
