"""`musicai up` and the thin wrappers, as a user types them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from musicai.broker import PrivateBroker
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def environ(home):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")}
    return {**kept, "MUSICAI_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}


def musicai(environ, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "musicai", *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def ended(process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


@pytest.mark.parametrize("command", ["worker", "scheduler", "flower"])
def test_without_a_broker_a_service_says_what_to_do(environ, command):
    status, _, err = ended(musicai(environ, command))
    assert status == 5
    assert "`musicai up`" in err
    assert "Traceback" not in err


def test_a_configured_broker_that_is_away_is_named_without_its_password(environ):
    environ["MUSICAI_BROKER_URL"] = "redis://me:secret@127.0.0.1:1/0"
    status, _, err = ended(musicai(environ, "scheduler"))
    assert status == 5
    assert "redis://me:***@127.0.0.1:1/0" in err
    assert "secret" not in err


def test_flower_for_everybody_without_a_password_is_refused(environ, broker):
    environ["MUSICAI_FLOWER_ADDRESS"] = "0.0.0.0"
    status, _, err = ended(musicai(environ, "flower"))
    assert status == 2
    assert "MUSICAI_FLOWER_AUTH" in err


def test_an_unknown_queue_is_refused(environ, broker):
    status, _, err = ended(musicai(environ, "worker", "--queues", "clasify"))
    assert status == 2
    assert "classify, train, control" in err


def test_a_service_becomes_celerys_own_command(environ, broker, tmp_path):
    (tmp_path / "scheduler.py").write_text("raise SystemExit('the wrong scheduler')")
    process = musicai(environ, "scheduler", "--loglevel", "info", cwd=tmp_path)
    try:
        running = psutil.Process(process.pid)
        command = until(lambda: "celery" in running.cmdline() and running.cmdline(), "celery")
        assert command[1:6] == ["-m", "celery", "--app", "scheduler", "beat"]
        assert command[-2:] == ["--loglevel", "info"]
        until(lambda: "beat: Starting" in process.stderr.readline(), "beat")
    finally:
        process.send_signal(signal.SIGTERM)
        status, _, _ = ended(process)
    assert status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_says_where_things_are_and_stops_on_a_signal(environ, settings, number):
    process = musicai(environ, "up", "--no-flower", "--concurrency", "1")
    said = until(lambda: _line_with(process, "Ctrl-C"), "musicai up")
    broker = PrivateBroker(settings)
    assert str(broker.socket) in said
    assert "catalogue.db" in said
    assert str(settings.run_folder / "logs") in said
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    status, _, err = ended(process)
    assert (status, err) == (0, "stopped\n")
    assert not broker.is_alive()
    assert not any(child.is_running() for child in children)


def _line_with(process, mark: str) -> str:
    lines = []
    while not lines or mark not in lines[-1]:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
    return "".join(lines)
