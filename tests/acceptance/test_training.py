"""Training as its user has it: here or as a task, broken off in every way, and never twice at once."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from musicai.catalogue import runs
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Epoch, Run
from musicai.models.side_car import read_side_car
from musicai.process import ProcessIdentity
from musicai.training.code_version import CODE_VERSION
from tests.acceptance.lessons import write_recipe, write_spectrograms
from tests.acceptance.product import Product
from tests.acceptance.spoilt import slow_lessons
from tests.acceptance.synth import write_library
from tests.services.redis import RedisServer
from tests.waiting import GRACE_S, PATIENCE_S, until

EPOCHS = 40


@pytest.fixture
def product(product: Product) -> Product:
    """A product whose catalogue can be looked into from the first moment on."""
    product.run("db", "upgrade")
    return product


@pytest.fixture
def slow(home: Path) -> dict[str, str]:
    """The environment of a process in which a run lasts: a fault meets it in the middle, on any machine."""
    return slow_lessons(home / "slow", 0.15)


@pytest.fixture
def lasting(product: Product, slow: dict[str, str]) -> Product:
    return product.with_settings(**slow)


@pytest.fixture(scope="module")
def spectrograms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_spectrograms(tmp_path_factory.mktemp("lessons") / "spectrograms")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipe(tmp_path_factory.mktemp("recipe") / "tiny.json", EPOCHS)


@pytest.fixture(scope="module")
def curve(
    tmp_path_factory: pytest.TempPathFactory, spectrograms: Path, recipe: Path
) -> list[tuple[float, ...]]:
    """The figures of a run that nothing disturbs."""
    product = Product({"MUSICAI_HOME": str(tmp_path_factory.mktemp("calm"))})
    product.run("train", "--name", "calm", "--data", spectrograms, "--recipe", recipe)
    return figures(product)


def figures(product: Product) -> list[tuple[float, ...]]:
    with product.look() as session:
        rows = session.scalars(select(Epoch).order_by(Epoch.epoch)).all()
    return [(e.epoch, e.train_loss, e.train_accuracy or 0, e.test_loss or 0) for e in rows]


def run_of(product: Product) -> Run | None:
    with product.look() as session:
        return session.scalars(select(Run)).first()


def epochs_done(product: Product, least: int) -> Run | None:
    run = run_of(product)
    return run if run and run.state == "running" and run.epoch >= least else None


def holder(run: Run) -> "psutil.Process":
    assert run.holder is not None
    return psutil.Process(int(run.holder.split()[1]))


def assert_trained_once(product: Product, curve: list[tuple[float, ...]], attempts: int) -> None:
    run = run_of(product)
    assert run is not None
    assert (run.state, run.attempts) == ("done", attempts)
    job = product.json("jobs", "show", str(run.job_id))
    assert (job["total"], job["done"], job["pending"], job["failed"]) == (1, 1, 0, 0)
    assert [m["name"] for m in product.json("models", "list") if m["where"] == "own"] == [job["model"]]
    assert figures(product) == curve


def test_a_trained_model_classifies(
    product: Product, spectrograms: Path, recipe: Path, tmp_path: Path
) -> None:
    trained = product.json("train", "--name", "noises", "--data", spectrograms, "--recipe", recipe)
    assert trained["model"] == "noises-1"
    assert trained["run"]["facts"]["accuracy"] > 0.6
    model = product.json("models", "show", "noises-1")
    folder = Path(model["folder"])
    assert not model["active"]
    kept = {
        "CARD.md",
        "split.txt",
        "held_out.json",
        "evaluation.json",
        "run.json",
        "recipe.json",
        "curves.png",
    }
    assert kept | {"confusion.png", "reliability.png"} <= {file.name for file in folder.iterdir()}
    assert read_side_car(folder).genres == ("high", "low", "pulse")
    assert read_side_car(folder).code_version == CODE_VERSION

    music = tmp_path / "Music"
    write_library(music, 3)
    product.run("enqueue", music, "--model", "noises-1")
    rows = product.json("query", "--model", "noises-1")
    assert [row["guess"] in ("high", "low", "pulse") for row in rows] == [True] * 3

    again = product.json("train", "--name", "noises", "--data", spectrograms, "--promote")
    assert again["model"] == "noises-2"
    # three held-out tracks fit nothing: the model says so instead of being sure
    assert product.json("models", "show", "noises-2")["threshold"] == 0.5
    assert any("calibration needs" in text for text in again["run"]["facts"]["warnings"])
    verdict = again["run"]["facts"]["verdict"]
    assert not verdict["promoted"]
    assert verdict["reasons"]  # the active model knows none of these genres


def test_kill_the_process_that_trains(
    lasting: Product, spectrograms: Path, recipe: Path, curve: list[tuple[float, ...]]
) -> None:
    product = lasting
    command = product.start("train", "--name", "killed", "--data", spectrograms, "--recipe", recipe)
    holder(until(lambda: epochs_done(product, 3), "three epochs")).kill()
    _, err = command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 9
    assert "SIGKILL" in err
    assert "musicai jobs resume 1" in err
    listed = product.json("jobs", "list")[0]  # at once, without a reconciler
    assert (listed["state"], listed["run"]["state"], listed["workers"]) == ("paused", "waiting", {})
    product.run("jobs", "resume", "1")
    assert_trained_once(product, curve, attempts=2)


def test_data_that_cannot_be_learned_from_end_with_their_own_status(
    product: Product, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / "one" / "jazz" / name).mkdir(parents=True)
    done = product.run("train", "--name", "one", "--data", tmp_path / "one", status=10)
    assert "musicai jobs retry 1" in done.stderr
    words = ("experiments", "run", "report", "--only", "1-2", "--size", "16", "--data", tmp_path / "one")
    done = product.run(*words, "--enqueue", status=10)
    for job in (2, 3):
        assert f"job {job} failed after 0 epochs: {tmp_path / 'one'} has no subfolders" in done.stderr
    assert done.stdout.count("lenet_color") == 2


def test_ctrl_c_pauses_and_resume_goes_on(
    lasting: Product, spectrograms: Path, recipe: Path, curve: list[tuple[float, ...]]
) -> None:
    product = lasting
    command = product.start("train", "--name", "paused", "--data", spectrograms, "--recipe", recipe)
    until(lambda: epochs_done(product, 3), "three epochs")
    command.send_signal(2)
    _, err = command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 130
    assert "musicai jobs resume 1" in err
    run = run_of(product)
    assert run is not None
    assert (run.state, run.holder) == ("waiting", None)
    product.run("jobs", "resume", "1")
    assert_trained_once(product, curve, attempts=2)


@pytest.fixture
def cluster(home: Path, redis: RedisServer, postgres_url: str, slow: dict[str, str]) -> Iterator[Product]:
    """MusicAI on a Redis and on PostgreSQL, with no trainer yet."""
    product = Product(
        {
            "MUSICAI_HOME": str(home),
            "MUSICAI_BROKER_URL": redis.url,
            "MUSICAI_DATABASE_URL": postgres_url,
            # a dead process is found by its number, at a look four times in a lease; one that merely
            # comes late with a sign of life must not lose its run
            "MUSICAI_LEASE": "20",
            **slow,
        }
    )
    product.run("db", "upgrade")
    yield product
    product.stop()


def kill(process: "psutil.Process") -> None:
    """Kill a process with all that it started, and wait until the system knows it."""
    everybody = [ProcessIdentity.of(one.pid) for one in [*process.children(recursive=True), process]]
    for one in everybody:
        os.kill(one.pid, signal.SIGKILL)
    assert all(one.ends_within(10) for one in everybody)


def test_two_trainers_one_run_and_a_trainer_that_is_killed(
    cluster: Product, spectrograms: Path, recipe: Path, curve: list[tuple[float, ...]]
) -> None:
    product = cluster
    queued = product.json("train", "--name", "q", "--data", spectrograms, "--recipe", recipe, "--enqueue")
    assert (queued["state"], queued["run"]["state"]) == ("running", "waiting")
    trainers = [product.start("trainer"), product.start("trainer")]
    first = until(lambda: epochs_done(product, 3), "three epochs")
    worker = holder(first).parent()
    assert worker is not None
    assert worker.pid in [trainer.pid for trainer in trainers]
    kill(worker)
    # the message went with the trainer that had it, and there is no worker that reconciles
    watched = product.json("jobs", "watch", str(queued["id"]))
    assert watched["state"] == "done"
    assert_trained_once(product, curve, attempts=2)


def test_the_broker_and_then_the_whole_machine_go_down(
    cluster: Product, redis: RedisServer, spectrograms: Path, recipe: Path, curve: list[tuple[float, ...]]
) -> None:
    product = cluster
    job = product.json("train", "--name", "q", "--data", spectrograms, "--recipe", recipe, "--enqueue")
    trainer = product.start("trainer")
    before = until(lambda: epochs_done(product, 3), "three epochs").epoch
    redis.kill()  # nobody who trains needs it
    until(lambda: epochs_done(product, before + 3), "three more epochs")
    kill(psutil.Process(trainer.pid))
    redis.start()
    product.start("trainer")  # without a message, and without a worker that reconciles
    assert product.json("jobs", "watch", str(job["id"]))["state"] == "done"
    assert_trained_once(product, curve, attempts=2)


def test_a_trainer_that_is_told_to_stop_gives_its_run_back(
    cluster: Product, spectrograms: Path, recipe: Path, curve: list[tuple[float, ...]]
) -> None:
    product = cluster
    job = product.json("train", "--name", "q", "--data", spectrograms, "--recipe", recipe, "--enqueue")
    trainer = product.start("trainer")
    until(lambda: epochs_done(product, 3), "three epochs")
    trainer.terminate()
    trainer.communicate(timeout=GRACE_S)
    run = run_of(product)
    assert run is not None
    assert (run.state, run.holder) == ("waiting", None)
    product.start("trainer")
    product.run("jobs", "resume", str(job["id"]))
    assert product.json("jobs", "watch", str(job["id"]))["state"] == "done"
    assert_trained_once(product, curve, attempts=2)


def test_a_cancelled_run_stops_and_leaves_no_model(
    cluster: Product, spectrograms: Path, tmp_path: Path
) -> None:
    product = cluster
    long = write_recipe(tmp_path / "long.json", 5000)
    job = product.json("train", "--name", "q", "--data", spectrograms, "--recipe", long, "--enqueue")
    product.start("trainer")
    until(lambda: epochs_done(product, 3), "three epochs")
    cancelled = product.json("jobs", "cancel", str(job["id"]))
    assert (cancelled["state"], cancelled["cancelled"], cancelled["pending"]) == ("cancelled", 1, 0)

    # the trainer is free again: the next run is done at once
    short = write_recipe(tmp_path / "short.json", 3)
    product.run("train", "--name", "next", "--data", spectrograms, "--recipe", short, "--enqueue", "--wait")
    assert [m["name"] for m in product.json("models", "list") if m["where"] == "own"] == ["next-1"]


def test_a_run_that_was_taken_over_is_given_up(
    lasting: Product, spectrograms: Path, tmp_path: Path
) -> None:
    """A process that slept through its lease finds another one at work, and leaves the run to it."""
    product = lasting.with_settings(MUSICAI_LEASE="5")
    long = write_recipe(tmp_path / "long.json", 5000)
    command = product.start("train", "--name", "lost", "--data", spectrograms, "--recipe", long)
    sleeper = holder(until(lambda: epochs_done(product, 3), "three epochs"))
    engine = product.engine()
    with transaction(engine) as session:
        run = session.scalars(select(Run)).one()
        run.holder = "elsewhere 1 2.0"
    until(lambda: not sleeper.is_running() or sleeper.status() == "zombie", "the first one to give up", 30)
    with reading(engine) as session:
        assert runs.of_job(session, 1).holder == "elsewhere 1 2.0"
    engine.dispose()
    product.run("jobs", "cancel", "1")
    command.communicate(timeout=PATIENCE_S)
