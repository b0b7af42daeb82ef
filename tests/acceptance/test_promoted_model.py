"""A model is promoted while a worker runs: the next job gets it, and what the former one said stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from musicai.models.store import DEFAULT_MODEL
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library
from tests.services.redis import redis_server
from tests.services.s3 import s3_server
from tests.unit.services.registry.candidates import write_candidate


@pytest.fixture
def product(home: Path, tmp_path: Path) -> Iterator[Product]:
    """MusicAI with a broker, and with a model store that no node has on its own disk."""
    with redis_server(tmp_path) as broker_url, s3_server() as bucket:
        product = Product(
            {
                "MUSICAI_HOME": str(home),
                "MUSICAI_BROKER_URL": broker_url,
                "MUSICAI_MODEL_STORE": f"{bucket}/models",
                "MUSICAI_CONCURRENCY": "1",
            }
        )
        yield product
        product.stop()


def test_a_worker_takes_the_promoted_model_with_the_next_job(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 5)
    product.run("models", "import", write_candidate(tmp_path, "duo-1"))
    worker = product.start("worker")
    product.run("enqueue", library, "--wait")
    before = product.json("query")
    assert {row["model"] for row in before} == {DEFAULT_MODEL}

    product.run("models", "promote", "duo-1", "--force")
    product.run("enqueue", library, "--wait")
    assert worker.poll() is None
    after = product.json("query")
    assert {row["model"] for row in after} == {"duo-1"}
    assert {row["guess"] for row in after} <= {"jazz", "rock"}
    assert product.json("query", "--model", DEFAULT_MODEL) == before

    product.run("models", "rollback")
    assert product.json("query") == before
    lines = product.json("models", "history", "duo-1")
    assert [line["event"] for line in lines] == ["imported", "promoted", "rolled_back"]
