"""What `musicai health` finds, with real services."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from musicai import names
from musicai.config import Settings
from musicai.dispatch import Dispatcher, open_client
from musicai.messages import WakeUp
from musicai.process import ProcessIdentity
from musicai.services.finding import Status
from musicai.services.health import SignOfLife, examine


def sign(settings: Settings, *, pid: int | None = None, idle_s: float = 0, age_s: float = 0) -> None:
    """Write a sign of life of a process, this one if none is named."""
    identity = ProcessIdentity.of(pid or os.getpid())
    SignOfLife(
        identity.host,
        identity.pid,
        identity.started,
        queues=(names.CLASSIFY_QUEUE,),
        processes=2,
        busy=1,
        idle_s=idle_s,
        at=time.monotonic() - age_s,
    ).write(settings)


def test_a_worker_that_stands_still(settings, broker):
    sign(settings, age_s=30)
    assert "takes classify: 1 of 2 at work" in examine(settings, "worker").detail
    assert "none runs here" in examine(settings, "trainer").detail
    sign(settings, age_s=600)
    finding = examine(settings, "worker", alive=True)
    assert finding.status is Status.FAULT
    assert re.search(r"no sign of life for 6\d\d s", finding.detail)


def test_a_worker_that_takes_nothing_although_messages_wait(settings, broker):
    sign(settings, idle_s=300)
    assert examine(settings, "worker").status is Status.OK
    with open_client(settings) as app:
        Dispatcher(app, settings.window).wake(WakeUp(1))
    assert "taken nothing for 300 s although 1 messages wait" in examine(settings, "worker").detail
    sign(settings, idle_s=30)
    assert examine(settings, "worker").status is Status.OK


@pytest.mark.parametrize("service", ["worker", "scheduler"])
def test_a_broker_that_is_away_is_no_reason_to_start_again(settings, service):
    away = replace(settings, broker_url="redis://:secret@127.0.0.1:1/0")
    sign(away, age_s=600)
    finding = examine(away, service)
    assert (finding.status, "cannot be used" in finding.detail) == (Status.FAULT, True)
    assert "secret" not in finding.detail
    assert examine(away, service, alive=True).status is Status.OK


def test_what_dead_workers_left_does_not_count(settings, broker):
    sign(settings)
    (file,) = (settings.run_folder / "health").iterdir()
    file.write_text(file.read_text().replace(f'"pid": {os.getpid()}', '"pid": 1'))
    Path(file.with_name("torn.json")).write_text("")
    assert "none runs here" in examine(settings, "worker").detail
    assert list(file.parent.iterdir()) == []


def test_a_page_that_nobody_serves(settings):
    finding = examine(replace(settings, exporter_port=1), "exporter")
    assert finding.status is Status.FAULT
    assert "MUSICAI_EXPORTER_PORT" in finding.advice
