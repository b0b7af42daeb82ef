"""The exporter's endpoint: who may read it, and what it says of parts that are away."""

import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from musicai.config import Settings
from musicai.errors import CatalogueUnavailableError, ConfigError, ServiceError
from musicai.services.exporter import collector, metrics
from musicai.services.exporter.collector import Collector
from musicai.services.exporter.metrics import Reading, families
from musicai.services.exporter.server import guarded, open_server, serve
from musicai.services.node import exporter
from tests.waiting import PATIENCE_S


def asked(path: str, auth: str = "", sent: str = "") -> str:
    statuses: list[str] = []
    environ = {"PATH_INFO": path}
    if sent:
        environ["HTTP_AUTHORIZATION"] = f"Basic {b64encode(sent.encode()).decode()}"
    application = guarded(lambda environ, respond: respond("200 OK", []) or [b""], auth)
    list(application(environ, lambda status, headers: statuses.append(status)))
    return statuses[0][:3]


def test_a_password_is_asked_for() -> None:
    assert asked("/metrics") == "200"
    assert asked("/metrics", "me:sesame") == "401"
    assert asked("/metrics", "me:sesame", "me:wrong") == "401"
    assert asked("/metrics", "me:sesame", "me:sesame") == "200"
    assert asked("/healthcheck", "me:sesame") == "200"
    assert asked("/config") == "404"


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.2", ""])
def test_it_shows_nothing_to_strangers(tmp_path: Path, address: str) -> None:
    settings = replace(Settings(), home=tmp_path, exporter_address=address)
    for start in (exporter.command, serve):
        with pytest.raises(ConfigError, match="MUSICAI_EXPORTER_AUTH=USER:PASSWORD"):
            start(settings)
    exporter.command(replace(settings, exporter_auth="me:sesame"))


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    settings = replace(Settings(), home=tmp_path, exporter_port=0)
    with open_server(settings) as server:
        taken = replace(settings, exporter_port=server.server_port)
        with pytest.raises(ServiceError, match="MUSICAI_EXPORTER_PORT"):
            open_server(taken)


def up(found: Collector) -> dict[str, float]:
    return {s.labels["part"]: s.value for f in found.collect() if f.name == "musicai_up" for s in f.samples}


def test_a_part_that_is_away_or_hangs_takes_no_other_along(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(collector, "DEADLINE_S", 0.2)
    wait, healed = collector.wait, threading.Event()

    def patiently(asked: Iterable[Future[object]], timeout: float) -> object:
        catalogue, broker, flower = asked
        wait([catalogue, flower], PATIENCE_S)  # the deadline is for who hangs
        return wait([broker], PATIENCE_S if healed.is_set() else timeout)

    monkeypatch.setattr(collector, "wait", patiently)
    calls = []

    def hang() -> Iterator[object]:
        calls.append(time.monotonic())
        healed.wait()
        return iter(())

    def fail() -> Iterator[object]:
        raise CatalogueUnavailableError("catalogue: no route to host")

    here = lambda: families([Reading(metrics.QUARANTINE, (), 3)])  # noqa: E731
    found = Collector({"catalogue": fail, "broker": hang, "flower": here})
    for _ in range(3):
        assert up(found) == {"catalogue": 0, "broker": 0, "flower": 1}
    assert len(calls) == 1  # whoever hangs is not asked again and again
    assert len(caplog.messages) == 2
    assert "no route to host" in caplog.text
    healed.set()
    found._parts[1].begin().result()
    assert up(found)["broker"] == 1


def test_an_error_that_nobody_thought_of_takes_no_other_along(caplog: pytest.LogCaptureFixture) -> None:
    here = lambda: families([Reading(metrics.QUARANTINE, (), 3)])  # noqa: E731
    nothing = lambda: families([Reading(metrics.PENDING, ("a", "b", "c"), None)])  # noqa: E731
    found = Collector({"catalogue": lambda: {}["label"], "broker": nothing, "flower": here})
    for _ in range(2):
        assert up(found) == {"catalogue": 0, "broker": 0, "flower": 1}
    assert b"musicai_quarantine_items 3.0" in generate_latest(found)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage().split(":")[0] for record in errors] == ["catalogue failed", "broker failed"]
    assert "KeyError: 'label'" in caplog.text
    assert "test_endpoint.py" in caplog.text  # where it happened


def test_what_is_said_can_be_parsed_and_is_described() -> None:
    assert len({metric.name for metric in metrics.METRICS}) == len(metrics.METRICS)
    for metric in metrics.METRICS:
        assert metric.help.endswith(".")
        assert metric.name.startswith("musicai_")
    assert list(text_string_to_metric_families("# TYPE a gauge\na 1\n"))
