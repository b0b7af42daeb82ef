"""docker-compose.yml and .env.example say the same as the code."""

import os
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import psutil
import pytest
import redis
import yaml

from musicai import names
from musicai.broker.health import connect
from musicai.cli import COMMANDS
from musicai.config import Settings
from tests.services import absent
from tests.waiting import until

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)


def test_every_variable_is_in_the_example_and_the_other_way_round():
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE)) == set(EXAMPLE)


def test_the_example_holds_no_secret():
    assert set(EXAMPLE.values()) == {""}


def test_every_password_is_asked_for():
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "MUSICAI_FLOWER_AUTH"):
        assert not re.search(rf"\$\{{{name}(?!:\?)", COMPOSE)


@pytest.mark.parametrize("name", OURS)
def test_settings_exist_and_can_be_read(name):
    environment = {
        key: re.sub(r"\$\{(\w+)[^}]*\}", "me:secret" if "AUTH" in key else "3", str(value))
        for key, value in OURS[name]["environment"].items()
    }
    assert set(environment) <= {field.metadata["env"] for field in fields(Settings)}
    Settings.from_env(environment)


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name):
    command = OURS[name].get("command", ["--help"])
    assert command[0] in {*COMMANDS, "--help"}
    if "--queues" in command:
        assert set(command[command.index("--queues") + 1].split(",")) <= set(names.QUEUES)


@pytest.mark.parametrize("name", OURS)
def test_music_cannot_be_changed(name):
    music = [volume for volume in OURS[name]["volumes"] if "MUSIC_FOLDER" in volume]
    assert music
    assert all(volume.endswith(":/music:ro") for volume in music)


def test_what_runs_on_has_a_health_check():
    once = {"migrate", "musicai"}
    assert all("healthcheck" in service for name, service in SERVICES.items() if name not in once)


def test_only_flower_listens_and_on_this_machine_alone():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"flower": ["127.0.0.1:5555:5555"]}


def test_redis_starts_as_written_and_asks_for_its_password(tmp_path):
    if shutil.which("redis-server") is None:
        absent("needs `redis-server` on the PATH")
    socket = tmp_path / "s"
    *shell, script = SERVICES["redis"]["command"]
    # as written, on a socket instead of the container's port
    here = f"redis-server - --port 0 --unixsocket {socket}"
    script = script.replace("$$", "$").replace("redis-server -", here, 1)
    environment = {**os.environ, "REDIS_PASSWORD": "sesame"}
    process = subprocess.Popen([*shell, script], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        until(socket.exists, "the socket")
        with connect(f"redis+socket://:sesame@{socket}") as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with connect(f"redis+socket://{socket}") as client, pytest.raises(redis.AuthenticationError):
            client.ping()
        assert "sesame" not in " ".join(psutil.Process(process.pid).cmdline())
    finally:
        process.terminate()
        process.wait()
