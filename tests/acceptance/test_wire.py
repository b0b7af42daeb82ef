"""What strangers put into the broker: nothing but JSON is unpacked, by workers, their mailbox or Flower."""

import os
import pickle
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from celery import Celery
from kombu import Exchange

from musicai import names
from musicai.dispatch import open_client
from musicai.services.node import Node
from tests.acceptance.product import Product, assert_classified_once
from tests.acceptance.synth import write_library
from tests.waiting import until

PICKLE, YAML = "application/x-python-serialize", "application/x-yaml"


class Code:
    """An object that writes a file when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.fspath(self.proof),)


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    return tmp_path / "somebody's code ran"


def bodies(proof: Path) -> dict[str, bytes]:
    """Return a task's arguments in each format that can carry code, which makes `proof` when it runs."""
    return {
        PICKLE: pickle.dumps([[], {"job": Code(proof)}, {}]),
        YAML: f"!!python/object/apply:os.mkdir ['{proof}']".encode(),
    }


def publish(app: Celery, exchange: Exchange, kind: str, body: bytes, **headers: str) -> None:
    with app.producer_or_acquire() as producer:
        producer.publish(
            body,
            content_type=kind,
            content_encoding="binary" if kind == PICKLE else "utf-8",
            exchange=exchange,
            routing_key=exchange.name,
            declare=[exchange],
            headers=headers,
        )


def test_workers_unpack_nothing_but_json(product: Product, tmp_path: Path, proof: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 5)
    product.run("db", "upgrade")
    with Node(product.settings, ("broker", "worker")) as node:
        worker, app = node.services["worker"].child, open_client(product.settings)
        before = worker.pid
        mailbox = app.control.mailbox.exchange
        until(lambda: app.control.ping(timeout=1), "the worker")
        for kind, body in bodies(proof).items():
            task = {"task": names.CLASSIFY_TASK, "id": kind, "lang": "py"}
            publish(app, Exchange(names.CLASSIFY_QUEUE), kind, body, **task)
            publish(app, mailbox, kind, body)
        publish(app, Exchange(names.CLASSIFY_QUEUE), "application/json", b"{no json", task="x", id="1")
        publish(app, mailbox, "application/json", b"{no json")
        job = product.json("enqueue", library)
        assert app.control.ping(timeout=10)
        assert worker.pid == before
        log = worker.log.read_text()
    assert log.count("Refusing to deserialize") >= 4
    assert not proof.exists()
    assert_classified_once(product, job["id"], done=5)


def test_who_listens_to_events_unpacks_nothing_but_json(product: Product, proof: Path) -> None:
    with Node(product.settings, ("broker",)):
        app, heard = open_client(product.settings), []

        def told() -> list[Any]:
            with app.events.default_dispatcher() as dispatcher:
                dispatcher.send("test-event")
            return heard

        with app.connection_for_read() as connection:
            # as Flower does
            receiver = app.events.Receiver(connection, handlers={"test-event": heard.append})
            listener = Thread(target=receiver.capture, kwargs={"wakeup": False})
            listener.start()
            until(told, "an event")
            for kind, body in bodies(proof).items():
                publish(app, receiver.exchange, kind, body)
            heard.clear()
            until(told, "an event after those that cannot be unpacked")
            receiver.should_stop = True
            listener.join()
    assert not proof.exists()
