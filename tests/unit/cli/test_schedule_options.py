"""What people type after `musicai schedule add`, and how they are told when."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import tzlocal
from click.testing import CliRunner, Result

from musicai.cli import cli
from musicai.cli.instants import from_now, read_duration, stretch
from musicai.cli.schedule_when import read_instant
from musicai.errors import ConfigError, DatasetError, QueryError, StateError

COMMAND = click.Command("any")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path / "home"))
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        tzlocal.reload_localzone()  # it remembers what it found
        yield
    tzlocal.reload_localzone()


def invoke(*arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["schedule", *arguments], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done


def run(*arguments: str, status: int = 0) -> str:
    return invoke(*arguments, status=status).output


def added(*arguments: str) -> Any:
    kind, *options = arguments
    return json.loads(invoke("add", kind, "--json", *options).stdout)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6h", 21_600), ("90s", 90), ("1d 12h", 129_600), ("0.5 min", 30), ("2w", 1_209_600)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(click.Context(COMMAND), click.Option(["--every"]), text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6 parsecs", "6h!", "-1h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 6h"):
        read_duration(click.Context(COMMAND), click.Option(["--every"]), text)


def test_phrases() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    said = {7980: "in 2 h 13 min", -250: "4 min 10 s ago", 0: "now", 86_400 * 3: "in 3 d"}
    assert {s: from_now(moment + timedelta(seconds=s), moment) for s in said} == said
    assert stretch(0) == "0 s"


def test_an_instant_is_read_in_the_zone_unless_it_says_one() -> None:
    assert read_instant("2026-12-24T18:00", "Europe/Rome").utcoffset() == timedelta(hours=1)
    assert read_instant("2026-12-24T18:00+05:00", "Europe/Rome").utcoffset() == timedelta(hours=5)
    with pytest.raises(ConfigError, match="skip it"):
        read_instant("2026-03-29T02:30", "Europe/Rome")
    with pytest.raises(ConfigError, match="an instant is wanted"):
        read_instant("tomorrow", "UTC")


def test_the_zone_is_the_machines_unless_one_is_said() -> None:
    assert added("reconcile", "--cron", "0 3 * * sun")["zone"] == "Asia/Tokyo"
    there = run("add", "reconcile", "--cron", "0 3 * * sun", "--tz", "Europe/Rome", "--name", "rome")
    assert "03:00 Europe/Rome)" in there


def test_options_of_train_are_read_as_train_reads_them(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    asked = ("--name", "jazzbox", "--data", str(tmp_path / "music"), "--by", "artist", "--priority", "high")
    options = added("retrain", "--name", "weekly", "--every", "7d", "--", *asked)["options"]
    assert options["priority"] == "high"
    assert options["request"]["promote"] is True
    assert options["request"]["split"]["kind"] == "artist"
    shown = run("show", "weekly")
    assert f"train --name jazzbox --data {tmp_path / 'music'} --by artist" in shown


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (["--name", "x", "--data", ".", "--quickly"], "No such option '--quickly'"),
        (["--data", "."], "Missing option '--name'"),
        (["--name", "x", "--data", ".", "--epochs", "0"], "Invalid value for '--epochs'"),
    ],
)
def test_what_train_refuses_is_refused_now(asked: list[str], complaint: str) -> None:
    assert complaint in run("add", "retrain", "--every", "7d", "--", *asked, status=2)


def test_who_forgets_the_dashes_is_told() -> None:
    assert "stand behind --" in run("add", "retrain", "--every", "7d", "--data", ".", status=2)


@pytest.mark.parametrize(
    ("asked", "complaint", "error"),
    [
        (["--name", "x", "--data", "/nowhere"], "nothing at /nowhere", DatasetError),
        (["--name", "x", "--data", ".", "--wait"], "--wait behind --", ConfigError),
        (["--name", "x", "--data", ".", "--recipe", "a", "--network", "b"], "exclude", ConfigError),
    ],
)
def test_what_cannot_be_trained_is_refused_now(
    asked: list[str], complaint: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=complaint):
        run("add", "retrain", "--every", "7d", "--", *asked)


def test_a_retrain_from_words_that_nobody_has_said_yet_is_added_and_told() -> None:
    asked = ("--name", "jazzbox", "--data", "catalogue:genre:jazz")
    said = invoke("add", "retrain", "--every", "7d", "--", *asked).stderr
    assert "nobody has confirmed a genre in 'catalogue:genre:jazz' yet" in said
    with pytest.raises(QueryError, match="no field 'gnre'"):
        run("add", "retrain", "--every", "7d", "--", "--name", "jazzbox", "--data", "catalogue:gnre:jazz")


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ([], "say when"),
        (["--every", "1h", "--cron", "0 3 * * *"], "--cron and --every exclude one another"),
        (["--cron", "0 3 * *"], "five fields"),
        (["--cron", "0 3 31 2 *"], "bad day-of-month"),
        (["--every", "0s"], "1 s to ten years"),
        (["--every", "1h", "--tz", "Mars/Base"], "no time zone"),
        (
            ["--at", "2020-01-01", "--tz", "Asia/Tokyo"],
            "--at 2020-01-01T00:00:00 in Asia/Tokyo lies in the past",
        ),
        (["--every", "1h", "--name", "a b"], "no name for a schedule"),
    ],
)
def test_when_is_checked(when: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        run("add", "reconcile", *when)


def test_what_makes_a_job_is_not_asked_for_oftener_than_each_minute(tmp_path: Path) -> None:
    assert added("rescan", str(tmp_path), "--every", "1m")["every_s"] == 60
    with pytest.raises(ConfigError, match="59 s: 1 min to ten years are possible for a rescan"):
        run("add", "rescan", str(tmp_path), "--every", "59s")


def test_a_name_is_given_once() -> None:
    run("add", "reconcile", "--every", "1h", "--name", "often")
    with pytest.raises(StateError, match="there is a schedule 'often'"):
        run("add", "reconcile", "--every", "1h", "--name", "often")
