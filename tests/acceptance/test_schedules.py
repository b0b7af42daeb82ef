"""Schedules with real schedulers: two at once, killed, without a broker, without a catalogue."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from musicai.catalogue import schedules
from musicai.catalogue.session import now, transaction
from musicai.services.schedules import views
from musicai.services.schedules.views import FiringView
from tests.acceptance.lessons import write_recipe, write_spectrograms
from tests.acceptance.product import Product
from tests.acceptance.test_configured import nobody_gets_in
from tests.services.redis import RedisServer
from tests.waiting import until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def cluster(server: RedisServer, home: Path, postgres_url: str) -> Iterator[Product]:
    """MusicAI on Redis and PostgreSQL, with nothing running yet."""
    environ = {
        "MUSICAI_HOME": str(home),
        "MUSICAI_BROKER_URL": server.url,
        "MUSICAI_DATABASE_URL": postgres_url,
    }
    product = Product(environ)
    product.run("db", "upgrade")
    yield product
    product.stop()


def firings(product: Product, name: str) -> list[FiringView]:
    """Return all firings of a schedule, the first one first."""
    engine = product.engine()
    try:
        return views.read(engine, name, 1000)[1][::-1]
    finally:
        engine.dispose()


def fires(product: Product, name: str, more: int) -> Callable[[], bool]:
    """Return whether a schedule has fired so many times from now on."""
    enough = len(firings(product, name)) + more
    return lambda: len(firings(product, name)) >= enough


def let_come(product: Product, name: str) -> None:
    """Let the one instant of a schedule be now."""
    engine = product.engine()
    with transaction(engine) as session:
        schedule = schedules.named(session, name)
        schedule.at = schedule.next_at = now()
    engine.dispose()


def test_two_schedulers_fire_once_and_what_is_left_goes_on(cluster: Product, home: Path) -> None:
    log = (home / "scheduler.log").open("w+")
    first, second = cluster.start("scheduler"), cluster.start("scheduler", stderr=log)
    until(fires(cluster, "reconcile", 1), "a scheduler to be there")
    # added while they run
    cluster.run("schedule", "add", "reconcile", "--name", "often", "--every", "2s")
    until(fires(cluster, "often", 4), "firings by both")
    first.send_signal(signal.SIGKILL)
    until(fires(cluster, "often", 3), "firings by the other one")
    with nobody_gets_in(cluster.environ["MUSICAI_DATABASE_URL"]):
        until(lambda: "catalogue " in (home / "scheduler.log").read_text(), "the scheduler to notice")
    until(fires(cluster, "often", 3), "firings after the catalogue was away")
    assert second.poll() is None
    log.close()
    for earlier, later in pairwise(firings(cluster, "often")):
        assert later.due_at - earlier.due_at == timedelta(seconds=2) * (1 + later.missed)
    assert cluster.json("schedule", "pause", "often")["next_at"] is None


def test_what_was_due_without_a_broker_is_sent_by_the_next_scheduler(
    cluster: Product, server: RedisServer, tmp_path: Path
) -> None:
    scheduler = cluster.start("scheduler")
    until(fires(cluster, "reconcile", 1), "the scheduler to be there")
    server.kill()
    music = tmp_path / "Music"
    music.mkdir()
    cluster.run("schedule", "add", "rescan", music, "--name", "once", "--at", "2100-01-01")
    let_come(cluster, "once")
    until(fires(cluster, "once", 1), "the firing")
    assert firings(cluster, "once")[0].state == "waiting"
    assert scheduler.poll() is None
    # between the claim and the sending, as far as the catalogue can tell
    scheduler.send_signal(signal.SIGKILL)
    server.start()
    cluster.start("scheduler")
    until(lambda: firings(cluster, "once")[0].state == "sent", "the message")
    assert len(firings(cluster, "once")) == 1
    assert cluster.json("schedule", "show", "once")["state"] == "ended"


def test_a_retrain_ends_in_the_gate_with_nothing_configured(product: Product, tmp_path: Path) -> None:
    lessons = write_spectrograms(tmp_path / "lessons")
    recipe = write_recipe(tmp_path / "tiny.json", 3)
    asked = ("--name", "noises", "--data", lessons, "--recipe", recipe)
    product.run("schedule", "add", "retrain", "--name", "nightly", "--at", "2100-01-01", "--", *asked)
    let_come(product, "nightly")
    product.start("up", "--no-flower", "--concurrency", "1")
    until(lambda: [f for f in firings(product, "nightly") if f.state == "done"], "the model")
    (firing,) = product.json("schedule", "history", "nightly")
    assert (firing["cause"], firing["error_code"]) == ("timetable", None)
    outcome = firing["outcome"]
    assert (outcome["model"], outcome["promoted"]) == ("noises-1", False)
    # the gate compares it with the shipped model, which knows other genres
    assert outcome["reasons"]
    trail = product.json("models", "history", "noises-1")
    assert [line["event"] for line in trail] == ["registered", "refused"]
    assert "noises-1" in product.run("schedule", "history", "nightly").stdout
