"""`musicai doctor` on a fresh home, on broken settings, on an outdated catalogue."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from musicai.services.catalogue import open_catalogue
from musicai.services.doctor import Status
from musicai.services.doctor.queue import examine_queue
from musicai.services.doctor.storage import catalogue
from musicai.services.doctor.storage import home as examine_home
from musicai.services.node import Node
from tests.waiting import until


def run(*arguments, **environ):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")}
    return subprocess.run(
        [sys.executable, "-m", "musicai", "doctor", *arguments],
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def by_subject(findings) -> dict:
    return {finding.subject: finding for finding in findings}


def test_a_fresh_home_is_well_and_stays_as_it_is(home):
    done = run("--json", MUSICAI_HOME=str(home))
    told = json.loads(done.stdout)
    found = {f["subject"]: f for f in told["findings"]}
    assert {"musicai", "python", "home", "catalogue", "broker", "decoders", "model"} <= set(found)
    assert {subject for subject, f in found.items() if f["status"] != "ok"} <= {"model"}
    assert "soundfile" in found["decoders"]["detail"]
    assert list(home.iterdir()) == []


def test_settings_come_with_their_source_and_without_passwords(home):
    done = run(
        "--json",
        MUSICAI_HOME=str(home),
        MUSICAI_BROKER_URL="redis://me:hush@127.0.0.1:1/0",
        MUSICAI_DATABASE_URL="postgresql://me:hush@127.0.0.1:1/db",
        MUSICAI_FLOWER_AUTH="me:hush",
    )
    told = json.loads(done.stdout)
    settings = {s["env"]: s for s in told["settings"]}
    assert settings["MUSICAI_HOME"] == {
        **settings["MUSICAI_HOME"],
        "value": str(home),
        "source": "environment",
    }
    assert settings["MUSICAI_HANDFUL"]["source"] == "default"
    assert "hush" not in done.stdout + done.stderr
    faults = {f["subject"]: f for f in told["findings"] if f["status"] == "fault"}
    assert {"catalogue", "broker"} <= set(faults)
    assert "MUSICAI_DATABASE_URL" in faults["catalogue"]["advice"]
    assert "MUSICAI_BROKER_URL" in faults["broker"]["advice"]
    assert done.returncode == 1


def test_a_wrong_setting_is_a_fault_and_all_settings_are_listed(home):
    done = run(MUSICAI_HOME=str(home), MUSICAI_CONCURENCY="3")
    assert done.returncode == 1
    assert "MUSICAI_CONCURENCY" in done.stdout
    assert "MUSICAI_CONCURRENCY" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("revision", "advice"), [("0000", "db upgrade"), ("9999", "update musicai")])
def test_a_catalogue_of_another_schema(settings, revision, advice):
    engine = open_catalogue(settings)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()
    finding = catalogue(settings)
    assert finding.status is Status.FAULT
    assert revision in finding.detail
    assert advice in finding.detail


def test_an_up_to_date_catalogue(settings):
    open_catalogue(settings).dispose()
    assert catalogue(settings).status is Status.OK


def test_a_file_that_is_no_catalogue(settings):
    (settings.home / "catalogue.db").write_bytes(b"something else" * 100)
    assert catalogue(settings).status is Status.FAULT


def test_a_home_below_a_file(settings, tmp_path):
    (tmp_path / "file").touch()
    finding = examine_home(replace(settings, home=tmp_path / "file" / "home"))
    assert finding.status is Status.FAULT
    assert "MUSICAI_HOME" in finding.advice


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where nobody may make folders")
def test_a_home_that_cannot_be_made_is_no_lack_of_room(settings):
    finding = examine_home(replace(settings, home=Path("/proc/musicai/home")))
    assert finding.status is Status.FAULT
    assert "cannot be made" in finding.detail
    assert "room" not in finding.advice


def test_a_running_node_is_found(settings):
    with Node(settings, ("broker", "scheduler")) as node:
        found = until(lambda: _with_scheduler(settings), "the scheduler's answer")
        assert str(node.broker.pid()) in found["broker"].detail
        assert found["workers"].status is Status.WARNING
        assert "musicai worker" in found["workers"].advice


def _with_scheduler(settings):
    found = by_subject(examine_queue(settings))
    return found if "celerybeat@" in found["scheduler"].detail else None
