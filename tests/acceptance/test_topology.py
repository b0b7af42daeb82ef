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

from musicai.catalogue.tables import Claim, Counter
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, answers_ping, assert_classified_once
from tests.services.network import Host, Network, ask_to_end, network
from tests.services.postgres import postgres_server
from tests.services.redis import PASSWORD, redis_server
from tests.waiting import PATIENCE_S, until

WORKERS = ("worker1", "worker2", "worker3")
FLOWER_AUTH = f"me:{PASSWORD}"
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
        flower_auth = {"MUSICAI_FLOWER_AUTH": FLOWER_AUTH, "MUSICAI_FLOWER_ADDRESS": "0.0.0.0"}
        front, at_front = on("front", **flower_auth)
        workers = {name: on(name, tmp_path / name / "audio") for name in WORKERS}
        try:
            client.run("db", "upgrade")
            for service in ("scheduler", "flower"):
                front.start(service)
            job = client.json("enqueue", tmp_path / "client" / "Music")
            # alone, and so slow that it takes seconds from one claim to the next: it has tracks in hand
            slowly = slow_storage(tmp_path / "slow", 0.2)
            workers["worker3"][0].with_settings(**slowly).start("worker")
            until(lambda: "worker3" in _holders(looker), "worker3 to have work")
            workers["worker3"][1].cut()
            assert _holders(looker) == {"worker3"}

            running = {name: workers[name][0].start("worker") for name in ("worker1", "worker2")}
            client.run("jobs", "watch", str(job["id"]))
            assert_classified_once(looker, job["id"], done=300)
            workers["worker3"][1].heal()

            until(lambda: answers_ping(looker, "@worker3"), "worker3 to come back")
            address = f"http://{at_front.address}:5555/api/workers?status=true"
            told = until(lambda: _naming_all(_flower(at_client, address)), "Flower to know all workers")
            assert PASSWORD not in told

            # TCP may let a healed link rest for as long as it was cut: the others would leave nothing
            for name in ("worker1", "worker2"):
                ask_to_end(running[name])
                running[name].communicate(timeout=PATIENCE_S)
            before = _worked(looker, "worker3")
            again = client.json("enqueue", tmp_path / "client" / "Music" / "album 00", "--force")
            client.run("jobs", "watch", str(again["id"]))
            assert_classified_once(looker, again["id"], done=20)
            assert _worked(looker, "worker3") > before
        finally:
            looker.stop()


def _holders(product: Product) -> set[str]:
    """Return the hosts that have tracks in hand."""
    with product.look() as session:
        return set(session.scalars(select(Claim.host)))


def _worked(product: Product, host: str) -> float:
    """Return what a host has counted of its work."""
    with product.look() as session:
        return sum(session.scalars(select(Counter.value).where(Counter.node == host)))


def _flower(host: Host, url: str) -> str:
    """Ask Flower, from a host that is not its own; return an empty text where it does not answer."""
    command = [*host.prefix, sys.executable, "-c", _FETCH, url, FLOWER_AUTH]
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False
    ).stdout


def _naming_all(told: str) -> str | None:
    """Return what Flower told of the workers when it names each of them."""
    named = {name.partition("@")[2] for name in json.loads(told or "{}")}
    return told if named >= set(WORKERS) else None
