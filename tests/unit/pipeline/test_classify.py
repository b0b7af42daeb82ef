"""What a worker process does about jobs that it lacks something for."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sqlalchemy import Engine

from musicai.catalogue import counters
from musicai.catalogue.claims import Holder
from musicai.catalogue.session import reading
from musicai.config import Settings
from musicai.errors import NodeFaultError
from musicai.models.inference import load_classifier
from musicai.models.side_car import SIDE_CAR_FILE
from musicai.models.store import find
from musicai.pipeline.classify import ClassifyWork
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.catalogue import open_catalogue
from musicai.services.enqueue import Request, create_job, scan_job
from musicai.states import JobState
from tests.unit.services.registry.candidates import write_candidate
from worker.cache import load_model


def enqueue(engine: Engine, settings: Settings, folder: Path, model: str | None = None) -> int:
    folder.mkdir()
    noise = 0.1 * np.random.default_rng(0).standard_normal(22050 * 6)
    sf.write(folder / "noise.wav", noise, 22050)
    job = create_job(engine, settings, Request((os.fsencode(folder),), model))
    return scan_job(engine, settings, job.id, lambda progress, view: None).id


def test_a_library_that_is_not_mounted_keeps_no_other_job_waiting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    engine = open_catalogue(settings)
    absent = enqueue(engine, settings, tmp_path / "absent")
    other = enqueue(engine, settings, tmp_path / "other")
    shutil.rmtree(tmp_path / "absent")
    me = ProcessIdentity.current()
    work = ClassifyWork(
        engine, settings, Holder(me, me), lambda name, _: load_classifier(find(name, settings.model_store))
    )
    for _ in range(2):
        # at first for the absent one, then because nothing else is left: the message has to come again
        with pytest.raises(NodeFaultError, match="absent"):
            work.run()
    assert jobs.read(engine, other).state == JobState.DONE
    with reading(engine) as session:
        sums = {(total.name, total.label): total.value for total in counters.totals(session)}
    assert sum(sums.get(("tracks", outcome), 0) for outcome in ("done", "unknown")) == 1
    assert all(sums["seconds", stage] > 0 for stage in ("decode", "front_end", "network", "catalogue"))
    left = jobs.read(engine, absent)
    assert (left.pending, left.failed) == (1, 0)
    assert left.fault is not None
    assert "MUSICAI_MOUNTS" in left.fault
    engine.dispose()


def test_a_worker_refuses_a_side_car_that_was_changed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    engine = open_catalogue(settings)
    folder = write_candidate(tmp_path / "home" / "models", "duo-1")
    job = enqueue(engine, settings, tmp_path / "music", "duo-1")
    me, store = ProcessIdentity.current(), settings.model_store
    written = (folder / SIDE_CAR_FILE).read_text()
    (folder / SIDE_CAR_FILE).write_text(written.replace('"threshold": 0.4', '"threshold": 0.0'))
    holder = Holder(me, me)
    with pytest.raises(NodeFaultError, match="side-car were changed"):
        ClassifyWork(engine, settings, holder, lambda *which: load_model(*which, store)).run()
    assert jobs.read(engine, job).pending == 1
    (folder / SIDE_CAR_FILE).write_text(written)
    report = ClassifyWork(engine, settings, holder, lambda *which: load_model(*which, store)).run()
    assert str(report).startswith(f"job {job}, library music: 1 track: 1 ")
    assert jobs.read(engine, job).state == JobState.DONE
    engine.dispose()


def test_a_worker_without_the_model_of_a_job_says_so_and_leaves_it_to_others(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    engine = open_catalogue(settings)
    folder = write_candidate(tmp_path / "home" / "models", "duo-1")
    job = enqueue(engine, settings, tmp_path / "music", "duo-1")
    shutil.rmtree(folder)
    me, store = ProcessIdentity.current(), settings.model_store
    with pytest.raises(NodeFaultError, match="no model 'duo-1'"):
        ClassifyWork(engine, settings, Holder(me, me), lambda *which: load_model(*which, store)).run()
    left = jobs.read(engine, job)
    assert left.pending == 1
    assert left.fault is not None
    assert f"copy it into {store}" in left.fault
    engine.dispose()
