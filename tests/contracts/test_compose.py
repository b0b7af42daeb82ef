"""docker-compose.yml and .env.example say the same as the code, and Compose itself understands them."""

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
from click.testing import CliRunner

from musicai import names
from musicai.broker.health import connect
from musicai.cli import cli
from musicai.config import Settings
from tests.contracts.compose import EXAMPLE, FILLED_IN, OURS, ROOT, TEXT, WRITTEN, docker_compose, read
from tests.contracts.dockerfile import stages
from tests.services import absent
from tests.waiting import PATIENCE_S, until

ONCE = {"migrate", "musicai"}
OF_OTHERS = sorted(set(WRITTEN) - set(OURS))


def test_compose_understands_it():
    assert set(read()["services"]) == set(WRITTEN)


def test_compose_asks_for_what_must_be_filled_in():
    done = docker_compose("config", "--quiet", **EXAMPLE)
    asked = set(re.findall(r"required variable (\w+) is missing a value: set it in .env", done.stderr))
    assert done.returncode != 0
    # the metrics are a part that one may leave out
    assert asked == set(FILLED_IN) - {"EXPORTER_PASSWORD", "GRAFANA_PASSWORD"}


def test_every_variable_is_in_the_example_and_the_other_way_round():
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT)) == set(EXAMPLE)


def test_the_example_holds_no_secret():
    assert set(EXAMPLE.values()) == {""}


@pytest.mark.parametrize("name", OURS)
def test_settings_exist_and_can_be_read(name):
    environment = read()["services"][name]["environment"]
    assert set(environment) <= {field.metadata["env"] for field in fields(Settings)}
    Settings.from_env(environment)


@pytest.mark.parametrize("name", OURS)
def test_commands_and_their_options_exist(name):
    command = WRITTEN[name].get("command", [])
    assert CliRunner().invoke(cli, [*command, "--help"]).exit_code == 0
    check = WRITTEN[name].get("healthcheck", {"test": ["CMD", "musicai"]})["test"]
    assert check[:2] == ["CMD", "musicai"]
    assert CliRunner().invoke(cli, [*check[2:], "--help"]).exit_code == 0


def test_every_queue_has_somebody_who_works_on_it():
    command = WRITTEN["worker"]["command"]
    queues = command[command.index("--queues") + 1].split(",")
    assert {*queues, names.TRAIN_QUEUE} == set(names.QUEUES)
    assert WRITTEN["trainer"]["command"] == ["trainer"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_do_no_harm(name):
    service = read()["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    (music,) = [volume for volume in service["volumes"] if volume["target"] == "/music"]
    assert music["read_only"]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_service_takes_is_limited(name):
    service = read()["services"][name]
    assert int(service["deploy"]["resources"]["limits"]["memory"]) >= 2**28
    assert service["logging"]["options"]["max-size"]
    if name not in ONCE:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]


def test_a_worker_has_as_many_processes_as_cores():
    few = docker_compose("config", "--format", "json", **EXAMPLE | FILLED_IN | {"WORKER_PROCESSES": "7"})
    assert few.stdout.count('"cpus": 7') == few.stdout.count('"MUSICAI_CONCURRENCY": "7"') == 1


def test_only_pages_are_published_and_on_this_machine_alone():
    for name, service in read()["services"].items():
        for port in service.get("ports", []):
            assert (port["host_ip"], name in ("flower", "grafana")) == ("127.0.0.1", True)


def test_the_servers_are_in_a_network_without_a_way_out():
    assert read()["networks"]["servers"]["internal"]
    for name in ("postgres", "redis"):
        assert list(read()["services"][name]["networks"]) == ["servers"]


@pytest.mark.parametrize("name", OF_OTHERS)
def test_images_of_others_have_a_tag(name):
    assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", read()["services"][name]["image"])


def test_files_that_are_mounted_exist():
    for service in read()["services"].values():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind" and volume["target"] != "/music":
                assert Path(volume["source"]).is_file()
                assert volume["read_only"]


def test_prometheus_is_told_as_everywhere_but_for_place_and_password():
    of_compose, of_all = (
        yaml.safe_load((ROOT / "deploy" / folder / "prometheus.yml").read_text())
        for folder in ("compose", "monitoring")
    )
    (scrape,) = of_compose["scrape_configs"]
    service, port = scrape["static_configs"][0]["targets"][0].split(":")
    environment = read()["services"][service]["environment"]
    assert environment["MUSICAI_EXPORTER_PORT"] == port
    assert environment["MUSICAI_EXPORTER_AUTH"] == f"{scrape['basic_auth']['username']}:pepper"
    secret = Path(scrape["basic_auth"]["password_file"]).name
    assert read()["secrets"][secret]["environment"] == "EXPORTER_PASSWORD"
    assert read()["services"]["prometheus"]["secrets"][0]["source"] == secret
    scrape["static_configs"] = of_all["scrape_configs"][0]["static_configs"]
    del scrape["basic_auth"]
    assert of_compose == of_all


def test_prometheus_understands_what_it_is_told(tmp_path):
    if shutil.which("promtool") is None:
        absent("needs `promtool` on the PATH")
    (tmp_path / "password").write_text("pepper")
    text = (ROOT / "deploy" / "compose" / "prometheus.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(re.sub(r"/run/secrets/\S+", f"{tmp_path}/password", text))
    shutil.copy(ROOT / "deploy" / "monitoring" / "alerts.yml", tmp_path)
    command = ["promtool", "check", "config", tmp_path / "prometheus.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_images_are_built_from_stages_that_exist():
    for name in OURS:
        build, image = read()["services"][name]["build"], read()["services"][name]["image"]
        assert build["target"] in stages()
        assert image == f"musicai-{build['target']}"
    heavy = {name for name in OURS if WRITTEN[name]["build"]["target"] == "worker"}
    assert heavy == {"worker", "trainer"}


def test_redis_starts_as_written_and_asks_for_its_password(tmp_path):
    if shutil.which("redis-server") is None:
        absent("needs `redis-server` on the PATH")
    socket = tmp_path / "s"
    *shell, script = WRITTEN["redis"]["command"]
    # as written, on a socket instead of the container's port
    here = f"redis-server - --port 0 --unixsocket {socket}"
    script = script.replace("$$", "$").replace("redis-server -", here, 1)
    environment = {**os.environ, "REDIS_PASSWORD": "sesame"}
    process = subprocess.Popen([*shell, script], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        until(lambda: healthy(socket, environment), "the server to listen")
        with connect(f"redis+socket://:sesame@{socket}", PATIENCE_S) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with (
            connect(f"redis+socket://{socket}", PATIENCE_S) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
        assert "sesame" not in " ".join(psutil.Process(process.pid).cmdline())
        assert not healthy(socket, environment | {"REDIS_PASSWORD": "wrong"})
    finally:
        process.terminate()
        process.wait()
    assert not healthy(socket, environment)


def healthy(socket: Path, environment: dict[str, str]) -> bool:
    """Run the health check of Redis as written, on a socket."""
    _, script = WRITTEN["redis"]["healthcheck"]["test"]
    script = script.replace("$$", "$").replace("redis-cli", f"redis-cli -s {socket}")
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=False)
    return done.returncode == 0
