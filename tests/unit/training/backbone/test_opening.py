"""What `--backbone` accepts, and what it says of the rest."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch

from musicai.errors import ConfigError, ModelError
from musicai.front_end import FrontEnd
from musicai.models.networks import build
from musicai.models.side_car import Architecture
from musicai.models.weights import write_model
from musicai.training.backbone import open_backbone
from tests.unit.models.conftest import describe
from tests.unit.models.onnx_models import small_onnx


class Trap:
    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.parametrize("name", ["net.onnx", "model.safetensors", "net.pt2", "net.pt", "net.bin"])
def test_a_pickle_is_refused_and_never_opened(tmp_path, write_own, name):
    folder = write_own()
    (folder / "net.json").write_text('{"front_end": "gtzan"}')
    trap = Trap(tmp_path / "sprung")
    for write in (lambda file: file.write_bytes(pickle.dumps(trap)), lambda file: torch.save(trap, file)):
        write(folder / name)
        with pytest.raises((ModelError, ConfigError)):
            open_backbone(str(folder / name))
    assert not (tmp_path / "sprung").exists()


def test_files_without_what_belongs_to_them(tmp_path, onnx_file, write_own):
    with pytest.raises(ConfigError, match="there is no backbone"):
        open_backbone(str(tmp_path / "absent.onnx"))
    with pytest.raises(ConfigError, match="no model's folder"):
        open_backbone(str(tmp_path))
    description = onnx_file.with_suffix(".json")
    for content, reason in [
        ("{", "no JSON"),
        ("[]", "an object with 'front_end'"),
        ('{"front_end": "gtzam"}', "must be gtzan, report"),
        ('{"front_end": "gtzan", "outptu": "x"}', "unknown outptu"),
    ]:
        description.write_text(content)
        with pytest.raises(ConfigError, match=reason):
            open_backbone(str(onnx_file))
    description.unlink()
    with pytest.raises(ConfigError, match=r"write net.json beside it"):
        open_backbone(str(onnx_file))
    stray = shutil.copy(write_own() / "model.safetensors", tmp_path / "stray.safetensors")
    with pytest.raises(ConfigError, match="no network"):
        open_backbone(str(stray))


def test_an_output_that_holds_no_embeddings(onnx_file):
    description = {"front_end": "gtzan"}
    onnx_file.with_suffix(".json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match="which output holds embeddings"):
        open_backbone(str(onnx_file))
    onnx_file.with_suffix(".json").write_text(json.dumps({"front_end": "musicnn", "output": "spectrum"}))
    with pytest.raises(ModelError, match="96 bands"):
        open_backbone(str(onnx_file))
    onnx_file.write_bytes(small_onnx(shape=("n", 80, 16), time_axis=2)[:-60])
    with pytest.raises(ModelError):
        open_backbone(str(onnx_file))


def test_weights_that_were_changed(write_own):
    folder = write_own()
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-4] + b"\0\0\0\0")
    with pytest.raises(ModelError, match="SHA-256"):
        open_backbone(str(folder))


def test_a_model_of_pictures(tmp_path):
    network = build("lenet_color", {"size_input": 32}, n_mels=80, genres=3)
    write_model(
        tmp_path / "pictures",
        network,
        lambda digest: describe(
            digest,
            architecture=Architecture("lenet_color", {"size_input": 32}),
            front_end=FrontEnd(picture_size=32),
        ),
    )
    with pytest.raises(ModelError, match="pictures"):
        open_backbone(str(tmp_path / "pictures"))
