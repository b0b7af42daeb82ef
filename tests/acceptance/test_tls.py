"""PostgreSQL and Redis behind TLS: certificates are checked, and a wrong one is refused and named."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.product import Product, assert_classified_once
from tests.acceptance.synth import write_library
from tests.services.postgres import postgres_server
from tests.services.redis import redis_server
from tests.services.tls import Authority


@dataclass(frozen=True)
class Servers:
    """Both servers with certificates of one authority, and another authority that made none."""

    environ: dict[str, str]
    ours: Authority
    others: Authority

    def trusting_others(self, setting: str) -> Product:
        """Return a product that trusts the wrong authority in one setting."""
        url = self.environ[setting].replace(str(self.ours.ca), str(self.others.ca))
        return Product({**self.environ, setting: url})


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("tls")
    ours, others = Authority.make(folder / "ours"), Authority.make(folder / "others")
    with postgres_server(ours) as postgres, postgres.database() as url, redis_server(folder, ours) as queue:
        environ = {
            "MUSICAI_HOME": str(folder / "home"),
            "MUSICAI_DATABASE_URL": url,
            "MUSICAI_BROKER_URL": queue,
            "MUSICAI_CONCURRENCY": "1",
        }
        Product(environ).run("db", "upgrade")
        yield Servers(environ, ours, others)


def test_commands_and_workers_speak_tls(servers: Servers, tmp_path: Path) -> None:
    write_library(tmp_path / "Music", 3)
    product = Product(servers.environ)
    job = product.json("enqueue", tmp_path / "Music")
    product.start("worker")
    assert product.json("jobs", "watch", str(job["id"]))["state"] == "done"
    product.stop()
    assert_classified_once(product, job["id"], done=3)


def test_a_database_with_a_wrong_certificate_is_refused(servers: Servers) -> None:
    refused = servers.trusting_others("MUSICAI_DATABASE_URL").run("query", status=5)
    assert "certificate verify failed" in refused.stderr
    assert "postgresql+psycopg://musicai:***@localhost" in refused.stderr


def test_a_broker_with_a_wrong_certificate_is_refused(servers: Servers, tmp_path: Path) -> None:
    write_library(tmp_path / "Music", 1)
    product = servers.trusting_others("MUSICAI_BROKER_URL")
    for command in (("enqueue", tmp_path / "Music"), ("worker",)):
        refused = product.run(*command, status=5)
        assert "certificate verify failed" in refused.stderr
        assert "rediss://:**" in refused.stderr
