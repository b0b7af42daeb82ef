"""Passwords in settings: no command, whatever goes wrong, shows one, and no log keeps one."""

import json
from pathlib import Path

import pytest

from tests.acceptance.product import Product
from tests.acceptance.synth import write_library
from tests.services.redis import redis_server
from tests.waiting import PATIENCE_S

SECRET = "hunter2"
NOWHERE = "127.0.0.1:9"  # the port `discard`: nobody listens
GOOD = {
    "MUSICAI_FLOWER_AUTH": f"me:{SECRET}",
    "MUSICAI_FLOWER_OAUTH_SECRET": SECRET,
    "MUSICAI_EXPORTER_AUTH": f"me:{SECRET}",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": SECRET,
}
# several refusals at once: starting a command takes its time
FAULTS = {
    "nobody answers": {
        "MUSICAI_DATABASE_URL": f"postgresql://me:{SECRET}@{NOWHERE}/x",
        "MUSICAI_BROKER_URL": f"rediss://me:{SECRET}@{NOWHERE}/0",
    },
    "nobody answers to what is spelled otherwise": {
        "MUSICAI_DATABASE_URL": f"postgresql://{NOWHERE}/x?user=me&password={SECRET}",
        "MUSICAI_BROKER_URL": f"redis://{NOWHERE}/0?password={SECRET}",
        "MUSICAI_MODEL_STORE": f"sftp://me:{SECRET}@{NOWHERE}/models",
    },
    "settings that cannot be used": {"MUSICAI_BROKER_URL": f"redis:/me:{SECRET}@{NOWHERE}/0"},
}
COMMANDS = (("doctor", "--json"), ("query", "--json"), ("models", "list", "--json"), ("worker",))


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_told_without_passwords(fault: str, home: Path) -> None:
    product = Product({"MUSICAI_HOME": str(home), **GOOD, **FAULTS[fault]})
    running = [product.start(*command) for command in COMMANDS]
    said = ["\n".join(process.communicate(timeout=PATIENCE_S)) for process in running]
    assert any("***" in text for text in said)
    for command, text in zip(COMMANDS, said, strict=True):
        assert SECRET not in text, f"{command}: {text}"
    assert SECRET not in kept(home)


def test_a_password_that_is_wrong_or_right_is_shown_by_nobody(home: Path, tmp_path: Path) -> None:
    write_library(tmp_path / "Music", 2)
    with redis_server(tmp_path) as url:
        right = Product(
            {"MUSICAI_HOME": str(home), **GOOD, "MUSICAI_BROKER_URL": url, "MUSICAI_LOG_LEVEL": "debug"}
        )
        password = url.partition(":")[2].partition(":")[2].partition("@")[0]
        wrong = Product({**right.environ, "MUSICAI_BROKER_URL": url.replace(password, SECRET)})
        right.run("db", "upgrade")
        job = right.run("enqueue", tmp_path / "Music", "--json").stdout
        worker = right.start("worker")
        right.run("jobs", "watch", str(json.loads(job)["id"]), "--json")
        worker.terminate()
        ended = worker.communicate(timeout=PATIENCE_S)
        said = [job, *ended, right.run("doctor", "--json", status=None).stdout]
        for command in (("enqueue", tmp_path / "Music", "--force"), ("worker",), ("doctor", "--json")):
            done = wrong.run(*command, status=None)
            assert done.returncode in (1, 5)
            said += [done.stdout, done.stderr]
    text = "\n".join(said) + kept(home)
    assert "invalid username-password pair" in text
    assert SECRET not in text
    assert password not in text


def kept(home: Path) -> str:
    """Return all that is written below a home."""
    files = [file for file in home.rglob("*") if file.is_file()]
    return "\n".join(file.read_bytes().decode(errors="replace") for file in files)
