"""With JSON logs every line of a service is an object, also what Celery, Python and click print."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from musicai.catalogue import schedules
from musicai.catalogue.session import now, transaction
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library
from tests.services.ports import free_port
from tests.services.redis import RedisServer
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def product(home: Path, redis: RedisServer) -> Iterator[Product]:
    product = Product(
        {
            "MUSICAI_HOME": str(home),
            "MUSICAI_BROKER_URL": redis.url,
            "MUSICAI_LOG_FORMAT": "json",
            "MUSICAI_LOG_LEVEL": "info",
            "MUSICAI_FLOWER_PORT": str(free_port()),
            "MUSICAI_EXPORTER_PORT": str(free_port()),
            "MUSICAI_CONCURRENCY": "1",
        }
    )
    yield product
    product.stop()


def records(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    assert all({"level", "logger", "message", "service", "time"} <= record.keys() for record in found)
    return found


def stopped(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Stop a service as everybody does, and return all that it ever said."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE_S)
    return [*records(out), *records(err)]


def fires_often(product: Product, data: Path) -> None:
    """Add a schedule whose first job waits for a trainer, and so is in the way of the next one."""
    for genre in ("jazz", "rock"):
        write_library(data / genre, 2)
    asked = ("--name", "jazzbox", "--data", str(data))
    product.run("schedule", "add", "retrain", "--name", "often", "--every", "1h", "--", *asked)
    engine = product.engine()
    with transaction(engine) as session:
        schedule = schedules.named(session, "often")
        schedule.every_s, schedule.next_at = 1.0, now()
    engine.dispose()


def skips(product: Product, schedule: str) -> int:
    return [firing["state"] for firing in product.json("schedule", "history", schedule)].count("skipped")


def test_whatever_services_say_is_a_record(product: Product, tmp_path: Path) -> None:
    fires_often(product, tmp_path / "data")
    services = {name: product.start(name) for name in ("worker", "scheduler", "exporter")}
    services["flower"] = product.with_settings(MUSICAI_LOG_LEVEL="warning").start("flower")
    for name in services:
        until(lambda name=name: product.run("health", name, status=None).returncode == 0, name)
    # what it says of the first it has said before the second
    until(lambda: skips(product, "often") >= 2, "a schedule that finds its job in the way")
    said = {name: stopped(process) for name, process in services.items()}
    assert "worker: Warm shutdown (MainProcess)" in [record["message"] for record in said["worker"]]
    assert not [record for record in said["flower"] if record["level"] == "INFO"]
    fired = [record for record in said["scheduler"] if "schedule" in record]
    assert ("schedule often fired: made job 1", 1) in [(r["message"], r.get("job")) for r in fired]
    assert "schedule reconcile fired: left to a worker" in [record["message"] for record in fired]
    skipped = [r["message"] for r in said["scheduler"] if "schedule often: skipped" in r["message"]]
    assert "job 1 of" in skipped[0]
    assert {(name, record["service"]) for name in said for record in said[name]} <= {(n, n) for n in said}


@pytest.mark.parametrize(
    ("command", "settings", "status", "wanted"),
    [
        (["worker"], {"MUSICAI_HANDFUL": "many"}, 2, "MUSICAI_HANDFUL"),
        (["worker", "--queues", "clasify"], {}, 2, "clasify"),
        (["scheduler"], {"MUSICAI_BROKER_URL": "redis://127.0.0.1:1/0"}, 5, "127.0.0.1:1"),
        (["exporter"], {"MUSICAI_EXPORTER_ADDRESS": "0.0.0.0"}, 2, "MUSICAI_EXPORTER_AUTH"),
    ],
)
def test_so_is_why_a_service_does_not_begin(
    product: Product, command: list[str], settings: dict[str, str], status: int, wanted: str
) -> None:
    done = product.with_settings(**settings).run(*command, status=status)
    said = [*records(done.stdout), *records(done.stderr)]
    assert any(wanted in record["message"] for record in said)
