"""The services of one machine, for real: broker, scheduler and Flower."""

import os
import signal
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import replace

import psutil
import pytest

from musicai import names
from musicai.broker.health import connect
from musicai.dispatch import Dispatcher, open_client
from musicai.errors import BrokerUnavailableError, ConfigError
from musicai.services.node import Node
from tests.services.ports import free_port
from tests.waiting import PATIENCE_S, until

LIGHT = ("broker", "scheduler")


def test_starts_and_stops_everything(settings):
    with Node(settings, LIGHT) as node:
        assert node.broker
        until(node.broker.is_alive, "its answer")
        scheduler = psutil.Process(node.services["scheduler"].child.pid)
        assert node.check() == []
    assert not node.broker.is_alive()
    assert not scheduler.is_running()


def test_stops_at_once_when_nothing_is_in_hand(settings):
    with Node(settings, LIGHT) as node:
        scheduler = psutil.Process(node.services["scheduler"].child.pid)
        node.stop(at_once=True)
        assert not scheduler.is_running()
        assert not node.broker.is_alive()


def test_a_killed_broker_comes_back(settings):
    with Node(settings, LIGHT) as node:
        with connect(node.broker.url(), PATIENCE_S) as client:
            client.rpush("queue", "message")
        files = list(node.broker.folder.rglob("*.incr.aof"))
        until(lambda: any(b"message" in file.read_bytes() for file in files), "the append-only file")
        os.kill(node.broker.pid(), signal.SIGKILL)
        assert until(node.check, "the broker's restart") == ["broker: started again"]
        with connect(node.broker.url(), PATIENCE_S) as client:
            assert client.lrange("queue", 0, -1) == [b"message"]


def test_two_nodes_share_and_the_second_takes_over(settings):
    with Node(settings, LIGHT) as second:
        assert second.services["scheduler"].is_ours
        with Node(settings, LIGHT) as third:
            assert not third.services["scheduler"].is_ours
            assert third.broker.pid() == second.broker.pid()
            assert third.check() == []
            second.stop()
            assert third.check() == ["scheduler: taken over"]
            until(third.broker.is_alive, "its answer")
    assert not third.broker.is_alive()


def test_the_scheduler_wakes_the_reconciler(settings):
    with Node(settings, LIGHT) as node:
        private = replace(settings, broker_url=node.broker.url())
        dispatcher = Dispatcher(open_client(private), window=1)
        until(lambda: dispatcher.waiting(names.CONTROL_QUEUE), "the first message")


def test_a_configured_broker_that_is_away(settings):
    away = replace(settings, broker_url="redis://:secret@127.0.0.1:1/0")
    with pytest.raises(BrokerUnavailableError, match=r"cannot be used .*MUSICAI_BROKER_URL") as refused:
        Node(away, LIGHT).start()
    assert "secret" not in str(refused.value)


def test_a_service_that_does_not_exist(settings):
    with pytest.raises(ConfigError, match="unknown service brocker"):
        Node(settings, ("brocker",))


def test_flower_answers_asks_for_its_password_and_shows_it_nowhere(settings):
    port = free_port()
    given = replace(settings, flower_port=port, flower_auth="me:open-sesame")
    with Node(given, ("broker", "flower")) as node:
        until(lambda: _status(port, "/healthcheck") == 200, "Flower")
        assert _status(port, "/") == 401
        assert _status(port, "/", "me:wrong") == 401
        assert _status(port, "/", "me:open-sesame") == 200
        assert _status(port, "/api/workers") == 401
        command = psutil.Process(node.services["flower"].child.pid).cmdline()
        assert "open-sesame" not in " ".join(command)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((_own_address(), port), timeout=2)


def _status(port: int, path: str, auth: str = "") -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if auth:
        request.add_header("Authorization", f"Basic {b64encode(auth.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as err:
        with err:
            return err.code
    except OSError:
        return 0


def _own_address() -> str:
    """Return an address of this machine that is not the loopback one; skip where it has none."""
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family is socket.AF_INET and not address.address.startswith("127."):
                return address.address
    pytest.skip("needs a network interface besides the loopback one")


def test_a_taken_port_is_refused_before_anything_lives_on(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        node = Node(replace(settings, flower_port=port), (*LIGHT, "flower"))
        with pytest.raises(ConfigError, match=f"port {port}.*--no-flower"):
            node.start()
    assert not node.broker.is_alive()
    assert not node.services["scheduler"].is_ours
