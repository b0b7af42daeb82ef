"""Seven hosts as in production: a store, three workers that mount the library elsewhere, and services.

Each host has a network, a name, processes and mounts of its own, as far as one machine can give them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Claim, Counter
from tests.acceptance.product import Product, answers_ping, assert_classified_once
from tests.services.network import Host, Network, network
from tests.services.postgres import postgres_server
from tests.services.redis import PASSWORD, redis_server
from tests.waiting import until

WORKERS = ("worker1", "worker2", "worker3")
_FETCH = """
import base64, sys, urllib.request
request = urllib.request.Request(sys.argv[1])
request.add_header("Authorization", "Basic " + base64.b64encode(sys.argv[2].encode()).decode())
print(urllib.request.urlopen(request, timeout=10).read().decode())
"""


@pytest.fixture
def lan() -> Iterator[Network]:
    with network() as lan:
        yield lan


@pytest.mark.timeout(400)
def test_the_whole_topology_and_a_cut_off_worker(
    lan: Network, home: Path, hundreds: Path, tmp_path: Path
) -> None:
    store = lan.host("store")
    with (
        postgres_server(host=store) as postgres,
        postgres.database() as database,
        redis_server(tmp_path, host=store) as broker,
    ):
        common = {
            "MUSICAI_DATABASE_URL": database,
            "MUSICAI_BROKER_URL": broker,
            "MUSICAI_CONCURRENCY": "1",
            "MUSICAI_HANDFUL": "16",
            # short, so that a claim of a host that is gone is taken back within the test
            "MUSICAI_LEASE": "5",
            "MUSICAI_ITEM_TIMEOUT": "5",
        }

        def on(name: str, library: Path | None = None, **settings: str) -> tuple[Product, Host]:
            mounts = {}
            if library is not None:
                library.mkdir(parents=True)
                mounts = {library: hundreds}
                settings["MUSICAI_MOUNTS"] = f"Music={library}"
            host = lan.host(name, mounts)
            environ = common | settings | {"MUSICAI_HOME": str(home / name)}
            return Product(environ, looker.processes, host.prefix), host

        looker = Product(common | {"MUSICAI_HOME": str(home / "looker")})
        client, at_client = on("client", tmp_path / "client" / "Music")
        flower_auth = {"MUSICAI_FLOWER_AUTH": f"me:{PASSWORD}", "MUSICAI_FLOWER_ADDRESS": "0.0.0.0"}
        front, at_front = on("front", **flower_auth)
        workers = {name: on(name, tmp_path / name / "audio") for name in WORKERS}
        try:
            client.run("db", "upgrade")
            for service in ("scheduler", "flower"):
                front.start(service)
            job = client.json("enqueue", tmp_path / "client" / "Music")
            for name in reversed(WORKERS):
                workers[name][0].start("worker")
            until(lambda: "worker3" in _holders(looker), "worker3 to have work", patience_s=120)

            workers["worker3"][1].cut()
            client.run("jobs", "watch", str(job["id"]))
            assert_classified_once(looker, job["id"], done=300)
            workers["worker3"][1].heal()

            before = _worked(looker, "worker3")
            until(lambda: answers_ping(looker, "@worker3"), "worker3 to come back", 90)
            again = client.json("enqueue", tmp_path / "client" / "Music", "--force")
            client.run("jobs", "watch", str(again["id"]))
            assert_classified_once(looker, again["id"], done=300)
            assert _worked(looker, "worker3") > before

            told = _flower(
                at_client, f"http://{at_front.address}:5555/api/workers?status=true", f"me:{PASSWORD}"
            )
            assert {name.partition("@")[2] for name in json.loads(told)} >= set(WORKERS)
            assert PASSWORD not in told
        finally:
            looker.stop()


def _holders(product: Product) -> set[str]:
    """Return the hosts that have tracks in hand."""
    engine = product.engine()
    try:
        with reading(engine) as session:
            return set(session.scalars(select(Claim.host)))
    finally:
        engine.dispose()


def _worked(product: Product, host: str) -> float:
    """Return what a host has counted of its work."""
    engine = product.engine()
    try:
        with reading(engine) as session:
            return sum(session.scalars(select(Counter.value).where(Counter.node == host)))
    finally:
        engine.dispose()


def _flower(host: Host, url: str, user: str) -> str:
    """Ask Flower, from a host that is not its own."""
    command = [*host.prefix, sys.executable, "-c", _FETCH, url, user]
    return subprocess.check_output(command, text=True, timeout=30)
