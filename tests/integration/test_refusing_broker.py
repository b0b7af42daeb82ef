"""A broker that takes the password for a wrong one: everybody says so in the same words, and once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.services.redis import PASSWORD, redis_server
from tests.waiting import PATIENCE_S, until

REPO = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as right:
        yield right.replace(PASSWORD, "wrong-word")


@pytest.fixture
def environ(home: Path, url: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")}
    return {**kept, "MUSICAI_HOME": str(home), "MUSICAI_BROKER_URL": url, "PYTHONPATH": str(REPO)}


@pytest.fixture
def words(url: str) -> str:
    said = "invalid username-password pair or user is disabled"
    shown = url.replace("wrong-word", "***")
    return f"the broker {shown} cannot be used ({said}): start it, or check MUSICAI_BROKER_URL"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    noise = 0.1 * np.random.default_rng(0).standard_normal(22_050)
    soundfile.write(tmp_path / "noise.wav", noise, 22_050)
    return tmp_path / "noise.wav"


def musicai(environ: dict[str, str], *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "musicai", *map(str, arguments)]
    return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)


def test_a_service_and_a_command_that_ends(environ: dict[str, str], words: str, folder: Path) -> None:
    _, err = musicai(environ, "scheduler").communicate(timeout=PATIENCE_S)
    assert err == f"musicai: {words}\n"
    _, err = musicai(environ, "enqueue", folder).communicate(timeout=PATIENCE_S)
    first, second = err.splitlines()
    assert first == f"musicai: {words}"
    assert "`musicai jobs resume 1`" in second


def test_a_command_that_waits(environ: dict[str, str], words: str, folder: Path) -> None:
    process = musicai(environ, "enqueue", "--wait", folder)
    assert process.stderr is not None
    err = [process.stderr.readline()]
    until(lambda: err.append(process.stderr.readline()) or err[-1].startswith("job 1"), "its progress")
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=PATIENCE_S)[1]
    assert "".join([*err, rest]).count("cannot be used") == 1
    assert f"{words}; waiting for it\n" in err
