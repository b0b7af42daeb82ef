"""Working on a run: what becomes of it when somebody wants something else in the middle."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from musicai.catalogue import migrate, runs
from musicai.catalogue.heartbeat import Heartbeat, Standing
from musicai.catalogue.runs import ClaimedRun
from musicai.catalogue.session import open_engine, reading, transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.pipeline.train import TrainWork
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.training.plan import read_plan
from musicai.training.request import TrainRequest
from tests.acceptance.lessons import write_recipe, write_spectrograms
from tests.waiting import until
from worker.publishing import Publisher

US = ProcessIdentity.of(os.getpid())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path / "home")})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def job(engine: Engine, tmp_path: Path) -> int:
    request = TrainRequest(
        "noises",
        (f"spectrograms:{write_spectrograms(tmp_path / 'data')}",),
        plan=read_plan(str(write_recipe(tmp_path / "tiny.json", 2))),
    )
    with transaction(engine) as session:
        return runs.create(session, request.name, request.to_json()).job_id


class Meddling(Publisher):
    """Somebody cancels the job when the last epoch is over and the model gets its name."""

    def name(self, run: ClaimedRun) -> str:
        with transaction(self.engine) as session:
            runs.cancel(session, run.job_id)
        return super().name(run)


def test_a_run_that_is_cancelled_after_its_last_epoch_leaves_no_model(
    engine: Engine, settings: Settings, job: int
) -> None:
    work = TrainWork(engine, settings, US, Meddling(engine, settings), lambda: False)
    assert work.run() is not None
    view = jobs.read(engine, job)
    assert (view.state, view.cancelled, view.pending) == ("cancelled", 1, 0)
    assert view.run is not None
    assert view.run.epoch == 2
    with reading(engine) as session:
        assert session.scalars(select(Model.name)).all() == []
    assert settings.model_store.folder is not None
    assert not settings.model_store.folder.exists()


def test_a_run_that_is_paused_and_resumed_at_once_stays_with_its_process(engine: Engine, job: int) -> None:
    with transaction(engine) as session:
        claimed = runs.claim(session, US, lease_s=600)
    assert claimed is not None
    run_id = claimed.id
    with Heartbeat(engine, lambda s: runs.renew(s, run_id, US, 600), 2, "the run") as heartbeat:
        jobs.pause(engine, job)
        until(lambda: heartbeat.standing is Standing.PAUSED, "the pause to be noticed")
        jobs.resume(engine, job)
        until(lambda: heartbeat.standing is Standing.OURS, "the end of the pause to be noticed")
    with transaction(engine) as session:
        assert runs.release_dead(session) == 0
