"""Small models with a held-out list, and a catalogue of each kind with its own store."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from musicai.config import Settings
from musicai.front_end import FrontEnd
from musicai.models.side_car import WEIGHTS_FILE, Architecture, Calibration, SideCar, write_side_car


@pytest.fixture
def settings(catalogue_url: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=catalogue_url)


def write_weights(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a model that nobody can ask: the light side reads its digest and its side-car only."""
    folder.mkdir(parents=True)
    content = save({"a": np.random.default_rng(seed).random((3, 4), np.float32)})
    (folder / WEIGHTS_FILE).write_bytes(content)
    write_side_car(
        folder,
        SideCar(
            name=name,
            architecture=Architecture("any"),
            front_end=FrontEnd(),
            genres=("jazz", "rock"),
            calibration=Calibration(1.0, 0.4, 0.8, 0.7, "held out"),
            weights_sha256=hashlib.sha256(content).hexdigest(),
            metrics={"accuracy": 0.61},
            data={"metrics_measured_on": "held out"},
        ),
    )
    return folder
