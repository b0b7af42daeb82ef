"""Every kind of model is asked with what it sees."""

import pytest
import torch

from musicai.front_end import GTZAN_FRONT_END, FrontEnd
from musicai.models.networks import build
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.pipeline.probe import probe


@pytest.mark.parametrize(
    ("name", "arguments", "front_end"),
    [
        ("residual_cnn", {"stem": 4, "widths": [4, 6], "head": 8}, GTZAN_FRONT_END),
        ("lenet_color", {"size_input": 32, "out_channels": 2}, FrontEnd(picture_size=32)),
        ("mini_alexnet", {"size_input": 16, "out_channels": 2}, FrontEnd(picture_size=16, colormap="tide")),
    ],
)
def test_a_model_is_timed_with_what_it_sees(tmp_path, name, arguments, front_end):
    torch.manual_seed(0)
    network = build(name, arguments, n_mels=80, genres=2)
    write_model(
        tmp_path / "small",
        network,
        lambda digest: SideCar(
            name="small",
            architecture=Architecture(name, arguments),
            front_end=front_end,
            genres=("jazz", "metal"),
            calibration=Calibration(1.0, 0.5, 0.9, 0.5, "nothing"),
            weights_sha256=digest,
        ),
    )
    (milliseconds,) = probe([str(tmp_path / "small")], None)
    assert milliseconds > 0
