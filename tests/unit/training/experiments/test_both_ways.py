"""An experiment here, and the same one as a job of a trainer: one table."""

import os
from dataclasses import replace

import pytest

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine
from musicai.cli.experiment_table import print_views
from musicai.config import Settings
from musicai.errors import StateError
from musicai.pipeline.train import TrainWork
from musicai.process import ProcessIdentity
from musicai.services.experiment_jobs import enqueue_experiments, with_jobs
from musicai.services.experiments import read_views, run_experiments
from musicai.training.experiments.order import Order
from worker.publishing import Publisher

from .test_run import Recorder


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path / "home")})


@pytest.fixture
def engine(settings):
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


def printed(capsys, view):
    """Return the cells of its line, but for what nobody reported, and the time."""
    capsys.readouterr()
    print_views([view], as_json=False, markdown=True)
    cells = [cell.strip() for cell in capsys.readouterr().out.splitlines()[-1].strip("| ").split("|")]
    return [cell for number, cell in enumerate(cells) if number not in (10, 12, 17)]


def test_a_job_gives_the_figures_that_a_run_here_gives(
    engine, settings, experiments_file, grey_folder, tmp_path, capsys
):
    here = Order(str(experiments_file), str(grey_folder), str(tmp_path / "here"), (2,))
    there = replace(here, out=str(tmp_path / "there"))
    run_experiments(here, Recorder())
    enqueue_experiments(engine, there)
    trainer = ProcessIdentity.of(os.getpid())
    TrainWork(engine, settings, trainer, Publisher(engine, settings), lambda: False).run()
    (local,) = read_views(here.experiments(), here.numbers, tmp_path / "here")
    (queued,) = with_jobs(
        engine,
        there.experiments(),
        read_views(there.experiments(), there.numbers, tmp_path / "there"),
        tmp_path / "there",
    )
    assert queued.state == local.state == "done"
    with pytest.raises(StateError, match=f"a result on {grey_folder}; give another --out"):
        enqueue_experiments(engine, replace(here, data="spectrograms:/others"))
    assert not enqueue_experiments(engine, replace(here, data=f"spectrograms:{grey_folder}"))
    lines = [printed(capsys, view) for view in (local, queued)]
    assert lines[0] == lines[1]
    assert "" not in lines[0]
    assert set(queued.result) == set(local.result)
    varying = ("seconds", "model")
    assert {k: v for k, v in queued.result.items() if k not in varying} == {
        k: v for k, v in local.result.items() if k not in varying
    }
