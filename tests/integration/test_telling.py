"""What Flower is told of a task while it works."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from celery.events.state import State

from musicai.config import Settings
from musicai.dispatch import open_client
from tests.waiting import until
from worker.telling import Teller

TASK = SimpleNamespace(
    name="musicai.train", request=SimpleNamespace(id="t-1", hostname="trainer@n1", kwargs={"job": 3})
)


def test_a_task_says_how_far_it_is_and_stays_begun(settings: Settings, broker: object) -> None:
    app, state = open_client(settings), State()
    with app.connection() as connection:
        receiver = app.events.Receiver(connection, handlers={"*": state.event})
        hearing = threading.Thread(target=lambda: list(receiver.itercapture(limit=None, timeout=None)))
        hearing.start()
        with app.events.default_dispatcher(hostname="trainer@n1") as events:

            def greet() -> bool:
                events.send("worker-online", freq=2)
                return bool(state.workers)

            until(greet, "the receiver to listen")
            events.send("task-received", uuid="t-1", name=TASK.name, args="()", kwargs="{'job': 3}")
            events.send("task-started", uuid="t-1")
        Teller(settings).tell(TASK, "epoch 2 of 9")
        until(lambda: "t-1" in state.tasks and state.tasks["t-1"].result, "the word to come")
        receiver.should_stop = True
        hearing.join()
    assert state.tasks["t-1"].state == "STARTED"
    assert state.tasks["t-1"].result == "'epoch 2 of 9'"
    assert state.tasks["t-1"].kwargs == "{'job': 3}"


def test_a_broker_that_is_away_stops_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    teller = Teller(replace(settings, broker_url="redis://:sesame@127.0.0.1:1/0"))
    for epoch in range(5):
        teller.tell(TASK, f"epoch {epoch}")
    assert len(caplog.messages) == 1  # nobody tries again at once
    assert "sesame" not in caplog.text
