"""Rate, time left and who works on a job."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from musicai.cli.job_pace import JobPace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def view(
    done: int, pending: int, workers: dict[str, int], state: str = "running", run: object = None
) -> Any:
    facts = {"done": done, "failed": 0, "pending": pending, "workers": workers}
    return SimpleNamespace(**facts, state=state, run=run)


def test_a_run_waits_for_a_trainer() -> None:
    pace = JobPace()
    pace.look(view(0, 1, {}, run="a run"))
    assert pace.who() == "waits for a trainer"


def test_the_start_of_workers_does_not_count_and_the_past_is_forgotten(clock: SimpleNamespace) -> None:
    pace = JobPace()
    pace.look(view(0, 1000, {}))
    assert (pace.speed(), pace.who()) == ("", "waits for a worker")
    clock.now += 60
    pace.look(view(0, 1000, {"a": 2}))
    for done in (20, 40, 60, 80):
        clock.now += 2
        pace.look(view(done, 1000 - done, {"a": 2, "b": 1}))
    assert pace.speed() == "10.0 tracks/s"
    assert pace.left(view(80, 920, {})) == "1:32 left"
    assert pace.left(view(80, 920, {}, "scanning")) == ""
    assert pace.who() == "3 at work on 2 nodes"
    for done in range(81, 141):  # slower now
        clock.now += 1
        pace.look(view(done, 1000 - done, {"a": 1}))
    assert pace.speed() == "1.0 tracks/s"


def test_between_two_handfuls_somebody_is_still_at_work(clock: SimpleNamespace) -> None:
    pace = JobPace()
    pace.look(view(0, 9, {"a": 1}))
    clock.now += 1
    pace.look(view(1, 8, {}))
    assert pace.who() == "1 at work on a"
    clock.now += 10
    pace.look(view(1, 8, {}))
    assert pace.who() == "waits for a worker"
