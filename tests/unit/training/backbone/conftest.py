"""A data set that a head can learn, and small backbones that a test makes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from musicai.models.networks import build
from musicai.models.weights import write_model
from musicai.training.dataset import Dataset
from tests.unit.models.conftest import ARGUMENTS, GENRES, describe
from tests.unit.models.onnx_models import small_onnx


@pytest.fixture
def data() -> Dataset:
    """Sixty excerpts of thirty tracks in three genres, each with energy in bands of its own."""
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 20)
    rows = random.normal(size=(60, 80, 48)).astype(np.float32)
    for row, label in zip(rows, labels, strict=True):
        row[20 * label : 20 * label + 20] += 1.0
    return Dataset(tuple(f"{n // 2}" for n in range(60)), rows, labels, GENRES, np.arange(60) // 2)


@pytest.fixture
def write_own(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a small model of ours with random weights."""

    def write(name: str = "own", architecture: str = "residual_cnn", arguments=ARGUMENTS) -> Path:
        torch.manual_seed(4)
        network = build(architecture, arguments, n_mels=80, genres=3)
        described = {
            "name": name,
            "architecture": type(describe("0" * 64).architecture)(architecture, arguments),
        }
        write_model(tmp_path / name, network, lambda digest: describe(digest, **described))
        return tmp_path / name

    return write


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    """An ONNX file with genres and with embeddings (the mean spectrum), and its description."""
    file = tmp_path / "net.onnx"
    file.write_bytes(small_onnx(genres=7, shape=("n", 80, 16), time_axis=2, second_output=True))
    description = {"front_end": "gtzan", "output": "spectrum", "hop": 8, "terms": "for tests"}
    file.with_suffix(".json").write_text(json.dumps(description))
    return file


@pytest.fixture
def exported_file(tmp_path: Path) -> Path:
    """A program of torch.export with one output, embeddings, and its description."""
    torch.manual_seed(6)
    network = nn.Sequential(nn.Conv1d(80, 24, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    program = torch.export.export(network.eval(), (torch.randn(4, 80, 32),))
    torch.export.save(program, tmp_path / "program.pt2")
    (tmp_path / "program.json").write_text(json.dumps({"front_end": "gtzan", "hop": 16}))
    return tmp_path / "program.pt2"
