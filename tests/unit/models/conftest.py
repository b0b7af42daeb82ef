import pytest
import torch

from musicai.front_end import GTZAN_FRONT_END
from musicai.models.networks import build
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model

ARGUMENTS = {"stem": 4, "widths": [4, 6], "head": 8}
GENRES = ("blues", "jazz", "metal")


def describe(digest: str, **changes) -> SideCar:
    return SideCar(
        **{
            "name": "small",
            "architecture": Architecture("residual_cnn", ARGUMENTS),
            "front_end": GTZAN_FRONT_END,
            "genres": GENRES,
            "calibration": Calibration(1.3, 0.6, 0.9, 0.4, "nothing"),
            "weights_sha256": digest,
            "metrics": {"accuracy": 0.5, "clips": 10},
            **changes,
        }
    )


@pytest.fixture
def model_folder(tmp_path):
    """The folder of a small model with random weights."""
    torch.manual_seed(5)
    network = build("residual_cnn", ARGUMENTS, n_mels=80, genres=3)
    write_model(tmp_path / "small", network, describe)
    return tmp_path / "small"
