"""Versions get names of their own, however many are made at once."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import ConfigError, ModelError
from musicai.models.folder import verify
from musicai.models.side_car import WEIGHTS_FILE, read_side_car, write_side_car
from musicai.models.store import DEFAULT_MODEL, find
from musicai.services.models import choose_model, find_model
from musicai.services.registry.lookup import verified_folder
from musicai.services.registry.placing import Origin, place_model
from musicai.services.registry.trail import read_trail
from musicai.services.registry.versions import next_name
from musicai.training.request import TrainRequest
from tests.unit.services.registry.conftest import write_weights

TEST = Origin("test", {})


def test_versions_count_on_from_the_store_and_the_catalogue(engine, settings):
    write_weights(settings.home / "models" / "jazzbox-3", "jazzbox-3")
    with transaction(engine) as session:
        assert next_name(session, settings, "jazzbox") == "jazzbox-4"
        assert next_name(session, settings, "gtzan-texture") == "gtzan-texture-5"
        assert next_name(session, settings, "box") == "box-1"
        with pytest.raises(ConfigError, match="small letters"):
            next_name(session, settings, "Jazz Box")


def test_a_run_is_refused_at_once_when_its_model_could_have_no_name(engine, settings):
    longest = "a" * 55
    with transaction(engine) as session:
        assert next_name(session, settings, TrainRequest(longest, ("data",)).name) == f"{longest}-1"
        with pytest.raises(ConfigError, match="at most 55"):
            next_name(session, settings, longest + "a")
    with pytest.raises(ConfigError, match="at most 55"):
        TrainRequest(longest + "a", ("data",))


def test_a_candidate_is_whole_known_and_not_active(engine, settings, tmp_path):
    folder = write_weights(tmp_path / "run" / "model", "jazzbox-1")
    (folder / "CARD.md").write_text("# jazzbox-1")
    for _ in range(2):  # a run that was killed right after the first time does it again
        model = place_model(engine, settings, folder, Origin("run 7", {"run": 7})).model
        assert (model.name, model.active) == ("jazzbox-1", False)
    assert (find("jazzbox-1", settings.model_store) / "CARD.md").read_text() == "# jazzbox-1"
    found = find_model(engine, settings, None)
    with transaction(engine) as session:
        assert choose_model(session, found).name == DEFAULT_MODEL
        lines = read_trail(session, "jazzbox-1")
        assert [(line.event, line.actor, line.detail) for line in lines] == [
            ("registered", "run 7", {"run": 7})
        ]


def test_two_at_once_get_two_versions(engine: Engine, settings: Settings, tmp_path: Path):
    folders = [write_weights(tmp_path / str(seed), "jazzbox-1", seed) for seed in range(3)]
    for folder in folders:
        (folder / "CARD.md").write_text("# jazzbox-1")

    def one(folder: Path) -> str:
        return place_model(engine, settings, folder, TEST).model.name

    with ThreadPoolExecutor(3) as pool:
        names = list(pool.map(one, folders))
    assert sorted(names) == ["jazzbox-1", "jazzbox-2", "jazzbox-3"]
    for name, folder in zip(names, folders, strict=True):
        stored = find(name, settings.model_store)
        side_car = verify(stored)
        assert side_car.name == name
        assert (stored / "CARD.md").read_text() == f"# {name}"
        assert side_car.weights_sha256 == verify(folder).weights_sha256


def test_damaged_weights_are_not_registered(engine, settings, tmp_path):
    folder = write_weights(tmp_path / "model", "jazzbox-1")
    (folder / WEIGHTS_FILE).write_bytes(b"tampered with")
    with pytest.raises(ModelError, match="SHA-256"):
        place_model(engine, settings, folder, TEST)
    assert not (settings.home / "models").exists()


def test_a_side_car_that_was_changed_or_damaged_is_found_out(engine, settings, tmp_path):
    folder = write_weights(tmp_path / "model", "jazzbox-1")
    model = place_model(engine, settings, folder, TEST).model
    stored = verified_folder(settings, model)
    said = read_side_car(stored)
    write_side_car(stored, replace(said, terms="told later", metrics={}))
    assert verified_folder(settings, model) == stored
    sure_of_everything = replace(said, calibration=replace(said.calibration, threshold=0.0))
    for changed in (replace(said, genres=said.genres[::-1]), sure_of_everything):
        write_side_car(stored, changed)
        with pytest.raises(ModelError, match="side-car of model 'jazzbox-1' was changed"):
            verified_folder(settings, model)
        found = find_model(engine, settings, "jazzbox-1")
        with transaction(engine) as session, pytest.raises(ModelError, match="was changed"):
            choose_model(session, found)
    write_side_car(stored, said)
    (stored / WEIGHTS_FILE).write_bytes(b"tampered with")
    with pytest.raises(ModelError, match="SHA-256"):
        find_model(engine, settings, "jazzbox-1")
    shutil.rmtree(stored)
    write_side_car(folder, sure_of_everything)
    # its weights are known, the model is not
    assert place_model(engine, settings, folder, TEST).model.name == "jazzbox-2"


def test_the_catalogue_allows_one_active_model(engine, settings, tmp_path):
    place_model(engine, settings, write_weights(tmp_path / "a", "a-1"), TEST)
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.scalars(select(Model).where(Model.name == "a-1")).one().active = True
