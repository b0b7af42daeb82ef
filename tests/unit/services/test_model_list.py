"""The models of the store beside those that the catalogue has answers of."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from sqlalchemy import Engine

from musicai.catalogue.session import open_engine, reading, transaction
from musicai.config import Settings
from musicai.errors import NotFoundError
from musicai.front_end import FrontEnd
from musicai.models.side_car import (
    SIDE_CAR_FILE,
    WEIGHTS_FILE,
    Architecture,
    Calibration,
    SideCar,
    write_side_car,
)
from musicai.models.store import DEFAULT_MODEL
from musicai.models.weight_count import count_parameters
from musicai.services.model_list import ModelView, read_model, read_models, read_portrait
from tests.songs import add_collection


@pytest.fixture
def engine(sqlite_catalogue_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_catalogue_url)
    with transaction(engine) as session:
        add_collection(session)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def _store_model(settings: Settings, name: str) -> Path:
    folder = settings.home / "models" / name
    folder.mkdir(parents=True)
    content = save({"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float32)})
    (folder / WEIGHTS_FILE).write_bytes(content)
    side_car = SideCar(
        name=name,
        architecture=Architecture("any"),
        front_end=FrontEnd(),
        genres=("jazz", "rock"),
        calibration=Calibration(1.0, 0.4, 0.8, 0.7, "held out"),
        weights_sha256=hashlib.sha256(content).hexdigest(),
        metrics={"accuracy": 0.61},
        data={"metrics_measured_on": "held out"},
    )
    write_side_car(folder, side_car)
    return folder


def _read(engine: Engine, settings: Settings) -> dict[str, ModelView]:
    with reading(engine) as session:
        return {view.name: view for view in read_models(session, settings)}


def test_stored_and_remembered_models_are_listed_once(engine: Engine, settings: Settings) -> None:
    folder = _store_model(settings, "small")
    _store_model(settings, "mine")
    views = _read(engine, settings)
    assert (views["small"].where, views["small"].folder, views["small"].predictions) == (
        "own",
        str(folder),
        7,
    )
    assert (views["mine"].where, views["mine"].predictions) == ("own", 0)
    assert (views["large-2"].where, views["large-2"].folder) == ("gone", None)
    assert views["large-2"].genres[0] == "blues"
    shown = views["mine"].to_json()
    assert (shown["parameters"], shown["accuracy"], shown["measured_on"]) == (17, 0.61, "held out")
    assert json.loads(json.dumps(shown)) == shown


def test_a_broken_model_hides_no_other(engine: Engine, settings: Settings) -> None:
    folder = _store_model(settings, "mine")
    _store_model(settings, "small")
    (folder / SIDE_CAR_FILE).write_text("{}")
    views = _read(engine, settings)
    assert {name: view.state for name, view in views.items()} == {
        DEFAULT_MODEL: "candidate",
        "large-2": "gone",
        "mine": "broken",
        "small": "active",
    }
    with reading(engine) as session:
        shown = read_portrait(session, settings, "mine").to_json()
    assert (shown["state"], shown["where"], shown["folder"]) == ("broken", "own", str(folder))
    assert "copy the model again" in shown["broken"]


def test_the_setting_decides_which_is_active(engine: Engine, settings: Settings) -> None:
    assert [v.name for v in _read(engine, settings).values() if v.active] == ["small"]
    other = Settings(home=settings.home, model="large-2")
    assert [v.name for v in _read(engine, other).values() if v.active] == ["large-2"]


def test_an_unknown_model_is_refused_with_those_there_are(engine: Engine, settings: Settings) -> None:
    with reading(engine) as session, pytest.raises(NotFoundError, match=r"large-2.*small"):
        read_model(session, settings, "x")


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 8, (9).to_bytes(8, "little") + b"{no json"])
def test_damaged_weights_have_no_number_of_parameters(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / WEIGHTS_FILE
    file.write_bytes(content)
    assert count_parameters(file) is None
