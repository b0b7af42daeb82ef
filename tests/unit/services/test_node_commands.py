"""The commands and environments of the services."""

import os
from dataclasses import replace

import pytest

from musicai.config import Settings
from musicai.services import flower
from musicai.services.node import commands


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path), "MUSICAI_CONCURRENCY": "3"})


def option(command, name):
    return command[command.index(name) + 1]


def test_a_worker_gets_its_processes_and_queues(settings):
    command = commands.worker(settings)
    assert command[command.index("celery") + 1 :][:3] == ["--app", "worker", "worker"]
    assert option(command, "--concurrency") == "3"
    assert option(command, "--queues") == "classify,control"
    assert option(command, "--pool") == "prefork"
    assert {"--task-events", "--without-gossip", "--without-mingle"} <= set(command)
    assert option(command, "--hostname") == f"musicai-{os.getpid()}@%h"


def test_children_read_the_settings_of_their_parent(settings, monkeypatch):
    given = replace(settings, handful=7, mounts={"a": settings.home, "b": settings.home / "b"})
    monkeypatch.setenv("MUSICAI_HANDFUL", "9")
    environment = commands.environment(given)
    read = Settings.from_env(environment)
    assert replace(read, broker_url="") == given
    assert read.broker_url.startswith("redis+socket://")


def test_what_would_overrule_us_is_left_out(settings, monkeypatch):
    for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "FLOWER_UNAUTHENTICATED_API", "FLOWER_AUTH"):
        monkeypatch.setenv(name, "redis://elsewhere/0")
    assert "redis://elsewhere/0" not in flower.environment(settings).values()


def test_one_thread_for_each_process(settings):
    assert commands.environment(settings)["OMP_NUM_THREADS"] == "1"
