"""A head is trained on somebody else's network, and the model that comes out needs that network no more."""

import json
from pathlib import Path

from musicai.models.side_car import read_side_car
from tests.acceptance.lessons import GENRES, write_spectrograms
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library
from tests.unit.models.onnx_models import small_onnx


def test_a_head_on_a_backbone(product: Product, tmp_path: Path) -> None:
    data = write_spectrograms(tmp_path / "spectrograms")
    network = tmp_path / "net.onnx"
    network.write_bytes(small_onnx(genres=7, shape=("n", 80, 16), time_axis=2, second_output=True))
    network.with_suffix(".json").write_text(json.dumps({"front_end": "gtzan", "output": "spectrum"}))
    trained = product.json("train", "--name", "headed", "--data", data, "--backbone", network)
    assert trained["run"]["facts"]["accuracy"] > 0.6
    assert any("the backbone net does not say" in text for text in trained["run"]["facts"]["warnings"])
    network.unlink()

    command = ("train", "--name", "headed", "--data", data, "--backbone", "headed-1", "--hidden", "8")
    again = product.json(*command)
    assert again["model"] == "headed-2"
    folder = Path(product.json("models", "show", "headed-2")["folder"])
    side_car = read_side_car(folder)
    assert side_car.genres == GENRES
    assert side_car.training["backbone"]["model"] == "headed-1"
    assert "--hidden 8" in (folder / "CARD.md").read_text()

    music = tmp_path / "Music"
    write_library(music, 2)
    product.run("enqueue", music, "--model", "headed-2")
    assert [row["guess"] in GENRES for row in product.json("query", "--model", "headed-2")] == [True] * 2

    command = ("train", "--name", "x", "--data", data, "--backbone", tmp_path / "absent.onnx")
    refused = product.run(*command, status=None)
    assert refused.returncode != 0
    assert "there is no backbone" in refused.stderr
