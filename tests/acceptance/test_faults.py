"""Faults in the middle of a job: every track is classified exactly once, and the ledger balances."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from musicai import names
from musicai.dispatch import Dispatcher, open_client
from musicai.messages import WakeUp
from musicai.services import jobs
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import (
    Product,
    assert_classified_once,
    at_work,
    caught,
    settled,
    were_interrupted,
)
from tests.acceptance.spoilt import spoil_decoder
from tests.acceptance.synth import write_library
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def product(home: Path) -> Iterator[Product]:
    """A product that takes its time, so that a quick machine is not done before the fault comes."""
    # with a lease so long that only the death itself can free what the dead had in hand
    environ = {"MUSICAI_HOME": str(home), "MUSICAI_LEASE": "600"}
    product = Product({**environ, **slow_storage(home / "slow", 0.02)})
    yield product
    product.stop()


def begin(product: Product, library: Path, least: int = 16) -> "psutil.Process":
    """Start an enqueue and return it when a few tracks are classified."""
    product.run("db", "upgrade")
    enqueue = product.start("enqueue", library, "--json")
    until(lambda: settled(product, least), f"{least} tracks")
    return psutil.Process(enqueue.pid)


def end(product: Product) -> str:
    """Wait for the end of the enqueue; return what it said on the side."""
    _, err = product.processes[-1].communicate(timeout=PATIENCE_S)
    assert product.processes[-1].returncode == 0, err
    return err


def worker_of(enqueue: "psutil.Process") -> "psutil.Process":
    """Return the worker's main process."""
    workers = [p for p in enqueue.children(recursive=True) if "worker" in p.cmdline()]
    return min(workers, key=lambda p: p.create_time())


def broker_of(enqueue: "psutil.Process") -> "psutil.Process":
    running = [p for p in psutil.process_iter(["name", "cmdline"]) if p.info["name"] == "valkey-server"]
    home = next(a for a in enqueue.environ().items() if a[0] == "MUSICAI_HOME")[1]
    return next(p for p in running if any(home in part for part in p.info["cmdline"] or ()))


def caught_at_work(product: Product, processes: Sequence["psutil.Process"]) -> bool:
    """Stop processes where one of them has tracks in hand.

    Between one handful and the next a process has none, and its death would prove nothing.
    """
    numbers = {process.pid for process in processes}
    return caught(processes, lambda: at_work(product) & numbers)


def test_kill_a_pool_child(product: Product, hundreds: Path) -> None:
    enqueue = begin(product, hundreds)
    children = worker_of(enqueue).children()
    until(lambda: caught_at_work(product, children[:1]), "a pool child at work")
    children[0].kill()
    end(product)
    assert were_interrupted(product)
    assert_classified_once(product, 1, done=300)


def test_kill_the_whole_worker(product: Product, hundreds: Path) -> None:
    enqueue = begin(product, hundreds)
    worker = worker_of(enqueue)
    processes = [*worker.children(recursive=True), worker]
    until(lambda: caught_at_work(product, processes), "a worker at work")
    for process in processes:
        process.kill()
    assert "worker" in end(product)
    assert were_interrupted(product)
    assert_classified_once(product, 1, done=300)


def test_kill_the_broker(product: Product, hundreds: Path) -> None:
    enqueue = begin(product, hundreds)
    broker_of(enqueue).kill()
    end(product)
    assert_classified_once(product, 1, done=300)


@pytest.fixture
def deadly(home: Path) -> Iterator[Product]:
    """A product whose decoder dies of files called *deadly*, and hangs in C on those called *hanging*."""
    environ = {
        "MUSICAI_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        **spoil_decoder(home / "patch", _FAULT),
    }
    product = Product(environ)
    yield product
    product.stop()


_FAULT = """
name = os.path.basename(os.fsencode(path))
if b"deadly" in name:
    os.kill(os.getpid(), 11)
if b"hanging" in name:
    # holds the interpreter, and no signal ends it: a lock that this thread holds itself
    libc, lock = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    while not libc.pthread_mutex_lock(lock):
        pass
if b"slow" in name:
    while True:
        os.stat(path)
"""


def test_a_file_that_kills_its_process_is_quarantined_alone(deadly: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    paths = write_library(library, 30)
    paths[7].rename(library / "deadly.flac")
    job = deadly.json("enqueue", library)
    assert job["errors"] == {"crashed": 1}
    assert_classified_once(deadly, job["id"], done=29, failed=1)
    (row,) = deadly.json("query", "failed")
    assert row["path"] == "deadly.flac"
    assert "2 times" in row["reason"]
    again = deadly.json("enqueue", library)
    assert (again["skipped"], again["done"], again["failed"]) == (30, 0, 0)


def test_a_hung_decode_is_ended_and_quarantined(deadly: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    paths = write_library(library, 12)
    paths[3].rename(library / "hanging.flac")
    paths[9].rename(library / "slow.flac")
    # no healthy track takes so long, even where the machine pauses for some seconds
    impatient = deadly.with_settings(MUSICAI_ITEM_TIMEOUT="8")
    job = impatient.json("enqueue", library)
    assert job["errors"] == {"timed_out": 2}
    assert_classified_once(impatient, job["id"], done=10, failed=2)


def test_messages_delivered_twice_and_for_nothing_change_nothing(product: Product, hundreds: Path) -> None:
    # before the job: Celery takes its time to import
    dispatcher = Dispatcher(open_client(product.settings), window=1000)
    begin(product, hundreds)
    engine = product.engine()
    view = jobs.read(engine, 1)
    for _ in range(40):
        dispatcher.wake(WakeUp(view.id, view.library or ""))
        dispatcher.wake(WakeUp(999_999, "no such job"))
    engine.dispose()
    end(product)
    assert_classified_once(product, 1, done=300)


def test_messages_that_are_nonsense_do_no_harm(product: Product, hundreds: Path) -> None:
    app = open_client(product.settings)  # before the job: Celery takes its time to import
    begin(product, hundreds)
    for kwargs in ({}, {"job": "1; DROP TABLE job"}, {"job": -1}, {"job": 1, "library": 5}):
        app.send_task(names.CLASSIFY_TASK, kwargs=kwargs)
    app.send_task("musicai.unheard_of", queue=names.CLASSIFY_QUEUE)
    end(product)
    assert_classified_once(product, 1, done=300)


def test_two_enqueues_of_one_folder_at_once(product: Product, hundreds: Path) -> None:
    product.run("db", "upgrade")
    both = [product.start("enqueue", hundreds, "--json") for _ in range(2)]
    results = [process.communicate(timeout=PATIENCE_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    listed = {job["id"]: job for job in product.json("jobs", "list")}
    assert {job["state"] for job in listed.values()} == {"done"}
    assert {job["total"] for job in listed.values()} == {300}
    assert len(product.json("query")) == 300
