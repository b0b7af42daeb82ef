"""A service: started again, given up, handed over. Its children are small Python programs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from musicai.errors import CatalogueOutdatedError, ServiceError
from musicai.process import ProcessIdentity
from musicai.services.node.child import Child
from musicai.services.node.service import Service
from tests.waiting import PATIENCE_S, until

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); {FOREVER}"
BROKEN = "raise ImportError('no module named torch')"
OUTDATED = """
print("CRITICAL worker.base: this worker ends: update musicai\\n\\nworker: Warm shutdown", flush=True)
raise SystemExit(6)
"""


@pytest.fixture
def make(tmp_path):
    made = []

    def make(code: str, vital: bool = True, folder: Path = tmp_path) -> Service:
        steps = ((signal.SIGTERM, 0.5),)
        service = Service(
            Child("thing", [sys.executable, "-c", code], dict(os.environ), folder, steps), vital
        )
        made.append(service)
        return service

    yield make
    for service in made:
        service.child.kill()
        service.release()


def start(service: Service) -> psutil.Process:
    assert service.claim()
    service.begin()
    until(lambda: "up" in service.child.log.read_text(), "the child to be up")
    return psutil.Process(service.child.pid)


def events_until(service: Service, wanted: str) -> list[str]:
    seen: list[str] = []
    until(lambda: seen.extend(service.check()) or any(wanted in event for event in seen), wanted)
    return seen


def test_a_dead_child_is_started_again(make):
    service = make(FOREVER)
    first = start(service)
    assert service.check() == []
    first.kill()
    assert "killed by signal 9" in events_until(service, "started again")[0]
    assert service.child.pid != first.pid
    assert service.check() == []


def test_what_the_dead_child_had_started_goes_with_it(make):
    service = make(PARENT)
    first = start(service)
    grandchild = ProcessIdentity.of(until(first.children, "the grandchild")[0].pid)
    first.kill()
    events_until(service, "started again")
    assert grandchild.ends_within(PATIENCE_S)


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        (BROKEN, ServiceError, r"does not stay up.*(.|\n)*no module named torch"),
        (OUTDATED, CatalogueOutdatedError, r"ended; its log .*thing\.log:\n.*update musicai$"),
    ],
    ids=["broken", "outdated"],
)
def test_one_that_cannot_go_on_is_given_up_with_what_its_log_says(make, code, error, said):
    service = make(code)
    assert service.claim()
    service.begin()
    with pytest.raises(error, match=said):
        events_until(service, "never")


def test_one_that_is_not_vital_is_given_up_with_a_word(make):
    service = make(BROKEN, vital=False)
    assert service.claim()
    service.begin()
    assert "no module named torch" in events_until(service, "does not stay up")[-1]
    assert service.check() == []


def test_stop_asks_first(make):
    service = make(FOREVER)
    child = start(service)
    service.child.stop()
    assert not child.is_running()
    assert service.child.pid is None


def test_stop_kills_what_does_not_hear(make):
    service = make(STUBBORN)
    child = start(service)
    service.child.stop()
    assert not child.is_running()


def test_a_second_supervisor_stands_by_and_takes_over(make):
    first, second = make(FOREVER), make(FOREVER)
    start(first)
    assert not second.claim()
    assert second.check() == []
    assert "another" in second.describe()
    first.child.stop()
    first.release()
    assert second.check() == ["thing: taken over"]
    assert second.is_ours


SUPERVISE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from musicai.process import ProcessIdentity
from musicai.services.node.child import Child
from musicai.services.node.service import Service
code, folder = sys.argv[1:]
service = Service(Child("thing", [sys.executable, "-c", code], dict(os.environ), Path(folder)))
service.claim(); service.begin()
while "up" not in service.child.log.read_text(): pass
print(ProcessIdentity.of(service.child.pid).to_text(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def supervise_and_die(tmp_path):
    def run(code: str) -> ProcessIdentity:
        command = [sys.executable, "-c", SUPERVISE_AND_DIE, code, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        return ProcessIdentity.from_text(done.stdout)

    return run


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_children_end_with_a_supervisor_that_was_killed(supervise_and_die):
    child = supervise_and_die(FOREVER)
    assert child.ends_within(PATIENCE_S)


def test_a_child_left_behind_is_stopped_before_the_next_one(supervise_and_die, make, monkeypatch):
    child = supervise_and_die(STUBBORN)
    assert child.is_alive()
    monkeypatch.setattr("musicai.services.node.child._LEFT_BEHIND_S", 0.2)
    service = make(FOREVER)
    assert service.claim()
    service.begin()
    assert not child.is_alive()
    assert service.child.pid != child.pid


def test_a_log_stays_bounded(make, monkeypatch):
    monkeypatch.setattr("musicai.services.node.log._LONGEST", 1000)
    service = make("import time\nprint('up')\nwhile True: print('x' * 99, flush=True); time.sleep(0.001)")
    start(service)
    log = service.child.log
    old = log.with_name("thing.log.1")
    until(lambda: service.check() == [] and old.exists(), "the log to be moved")
    size = log.stat().st_size
    until(lambda: log.stat().st_size != size, "the child to write on")
    assert log.read_bytes()[:1] == b"x"


def test_a_folder_that_is_gone(make, tmp_path):
    (tmp_path / "logs").touch()
    service = make(FOREVER)
    assert service.claim()
    with pytest.raises(ServiceError, match=r"cannot start the thing: .*logs"):
        service.begin()
