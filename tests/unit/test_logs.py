"""Logs: both formats, what records are about, and what never gets into them."""

import io
import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from musicai.config import Settings
from musicai.logs import bound
from musicai.logs.context import AddContext
from musicai.logs.formats import JsonFormat, TextFormat
from musicai.logs.masking import Masking

SETTINGS = replace(
    Settings(),
    home=Path("/nowhere"),
    database_url="postgresql://musicai:cat%40log@db/musicai",
    broker_url="redis://:sesame@redis:6379/0",
    flower_auth="me:tulips",
    flower_oauth_secret="hush-hush",
)
SECRETS = ("cat@log", "cat%40log", "sesame", "tulips", "hush-hush")


class Log:
    """A logger of its own, and what it wrote."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.written = io.StringIO()
        handler = logging.StreamHandler(self.written)
        handler.setFormatter(formatter)
        handler.addFilter(AddContext())
        self.logger = logging.Logger("musicai.pipeline", logging.INFO)
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self.written.getvalue()


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Log:
    masking = Masking(SETTINGS)
    return Log(TextFormat(masking) if request.param == "text" else JsonFormat(masking, "worker"))


def test_json_says_when_what_who_and_about_what() -> None:
    log = Log(JsonFormat(Masking(SETTINGS), "worker"))
    with bound(task_id="t-1"), bound(job=3), bound(track=12, path="a b.mp3"):
        log.logger.info("%s: cut off", "truncated")
    log.logger.info(
        "Task %s succeeded", "x", extra={"data": {"id": "t-2", "name": "musicai.classify", "args": 1}}
    )
    first, second = map(json.loads, log.text.splitlines())
    assert first | {"time": 0, "node": 0, "pid": 0} == {
        "level": "INFO", "logger": "musicai.pipeline", "message": "truncated: cut off", "pid": 0,
        "service": "worker", "node": 0, "time": 0,
        "task_id": "t-1", "job": 3, "track": 12, "path": "a b.mp3",
    }  # fmt: skip
    assert datetime.fromisoformat(first["time"]).utcoffset() is not None
    assert (second["task_id"], second["task"]) == ("t-2", "musicai.classify")
    assert "args" not in second


def test_text_says_it_in_a_line_even_of_a_name_with_line_feeds() -> None:
    log = Log(TextFormat(Masking(SETTINGS)))
    with bound(job=3, path="evil\n2026-01-01 ERROR x.mp3"):
        log.logger.warning("no sample")
    (line,) = log.text.splitlines()
    assert line.endswith(r'WARNING musicai.pipeline: no sample [job=3 path="evil\n2026-01-01 ERROR x.mp3"]')


def test_secrets_are_known_whole_whatever_is_in_them() -> None:
    settings = replace(
        Settings(),
        database_url="postgresql://db/musicai?user=me&password=in%40query&sslpassword=of+key",
        flower_oauth_secret="GOCSPX:abcdef123",
        exporter_auth="me:tulips:red",
    )
    masking = Masking(settings)
    assert masking("GOCSPX:abcdef123, me:tulips:red, tulips:red") == "***, ***, ***"
    assert masking("in@query in%40query of key") == "*** *** ***"
    shown = {row["env"]: row["value"] for row in Settings.described({"MUSICAI_FLOWER_OAUTH_SECRET": "a:b"})}
    assert shown["MUSICAI_FLOWER_OAUTH_SECRET"] == "***"


def test_no_secret_gets_in_whoever_put_it_there(log: Log) -> None:
    url = "redis://:other-word@host/0"
    with bound(where=SETTINGS.broker_url):
        log.logger.error("cannot reach %s nor %s", SETTINGS.database_url, url)
        log.logger.error({"url": SETTINGS.broker_url, "all": [SETTINGS.flower_auth]})
        try:
            raise ValueError(f"{url} {SETTINGS.flower_auth} hush-hush cat@log password=other-word&x=1")
        except ValueError:
            log.logger.exception("failed")
    assert "Traceback" in log.text
    assert "x=1" in log.text
    assert not [secret for secret in (*SECRETS, "other-word") if secret in log.text]


def test_only_threads_that_fail_are_told_of() -> None:
    code = """
import logging, sys, threading
from musicai.logs.prints import record_prints
handler = logging.StreamHandler()
logging.getLogger().addHandler(handler)
record_prints(handler)
for target in (sys.exit, lambda: {}["no such key"]):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
sys.stdout.writelines(["one\\n", "two\\n"])  # what files can, a stream in their place can
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.count("an error that nobody caught") == 1
    assert "KeyError" in done.stderr
    assert done.stdout.splitlines() == ["one", "two"]
