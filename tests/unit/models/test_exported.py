"""Programs of torch.export: computed as torch would, and opened without pickle."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from musicai.errors import ModelError
from musicai.models.backbone.exported_graph import open_exported
from musicai.models.networks import build


class Attention(nn.Module):
    """Many operators: attention, chunks, buffers, constants, sizes that are free."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(80, 16, 3, padding=1)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.register_buffer("scale", torch.arange(16.0).to(torch.float64), persistent=False)

    def forward(self, x):
        y = self.conv(x).transpose(1, 2)
        y = self.attention(y, y, y, need_weights=False)[0]
        first, second = y.chunk(2, dim=2)
        y = torch.cat([second, first], dim=2) * self.scale + torch.ones(16)
        return y.mean(dim=1), y.reshape(x.shape[0] * x.shape[2], 16)[:5].float()


def exported(network: nn.Module, *shape: int, **free: int) -> bytes:
    """Return what torch.export.save writes; `free` names axes of any size."""
    dims = {axis: torch.export.Dim(name, min=1, max=4096) for name, axis in free.items()}
    program = torch.export.export(network.eval(), (torch.randn(shape),), dynamic_shapes=(dims or None,))
    content = io.BytesIO()
    torch.export.save(program, content)
    return content.getvalue()


@pytest.fixture(scope="module")
def attention() -> tuple[nn.Module, bytes]:
    torch.manual_seed(1)
    network = Attention()
    return network, exported(network, 3, 80, 20, b=0, t=2)


def test_a_network_with_free_sizes(attention) -> None:
    network, content = attention
    file = open_exported(content, "it")
    assert file.source.shape == (None, 80, None)
    x = torch.randn(2, 80, 33)
    with torch.inference_mode():
        expected = network(x)
    for port, wanted in zip(file.outputs, expected, strict=True):
        np.testing.assert_allclose(file.run(x.numpy(), port.name), wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_a_network_of_ours() -> None:
    network = build("residual_cnn", {"stem": 4, "widths": [4, 6], "head": 8}, n_mels=80, genres=3)
    file = open_exported(exported(network, 2, 1, 80, 64, b=0), "it")
    x = torch.randn(5, 1, 80, 64)
    with torch.inference_mode():
        expected = network(x).numpy()
    found = file.run(x.numpy(), file.outputs[0].name)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ModelError, match="cannot compute"):
        file.run(np.zeros((5, 1, 40, 64), np.float32), file.outputs[0].name)


class Trap:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def changed(content: bytes, part: str, change) -> bytes:
    """Return an archive in which one part was replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            before = old.read(name)
            new.writestr(name, change(before) if name.endswith(part) else before)
    return made.getvalue()


def changed_json(content: bytes, part: str, change) -> bytes:
    def apply(before: bytes) -> bytes:
        value = json.loads(before)
        change(value)
        return json.dumps(value).encode()

    return changed(content, part, apply)


def test_pickles_in_it_are_refused_or_left_alone(attention, tmp_path: Path) -> None:
    content = attention[1]
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    boxed = io.BytesIO()
    torch.save(Trap(tmp_path / "sprung"), boxed)
    for bait in (trap, boxed.getvalue()):
        # torch.export.load would open this one
        file = open_exported(changed(content, "sample_inputs/model.pt", lambda _, b=bait: b), "it")
        assert file.run(np.zeros((1, 80, 9), np.float32), file.outputs[0].name).shape == (1, 16)

    def mark(config):
        next(iter(config["config"].values()))["use_pickle"] = True

    for part, bait in (("weights", "weight_0"), ("constants", "constants/tensor_0")):
        poisoned = changed_json(content, f"model_{part}_config.json", mark)
        with pytest.raises(ModelError, match="as a pickle"):
            open_exported(changed(poisoned, bait, lambda _: trap), "it")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "torch.load",
        "torch.hub.load",
        "torch.ops.aten.from_file.default",
        "_operator.attrgetter",
    ],
)
def test_only_operators_on_tensors_are_carried_out(attention, target: str) -> None:
    def replace(program):
        program["graph_module"]["graph"]["nodes"][0]["target"] = target

    with pytest.raises(ModelError, match="only operators of ATen"):
        open_exported(changed_json(attention[1], "models/model.json", replace), "it")


def test_damage_is_refused(attention) -> None:
    content = attention[1]

    def grow(config):
        next(iter(config["config"].values()))["tensor_meta"]["sizes"] = [{"as_int": 1 << 40}]

    def lose(program):
        del program["graph_module"]["graph"]["nodes"]

    def age(program):
        program["schema_version"]["major"] = 5

    for spoiled, reason in [
        (content[:-300], "can be read|0 programs"),
        (b"PK\x03\x04", "can be read"),
        (changed(content, "model.json", lambda b: b[:-9]), "can be read"),
        (changed_json(content, "model_weights_config.json", grow), "can be read|less numbers"),
        (changed(content, "weight_0", lambda b: b[:64]), "less numbers"),
        (changed_json(content, "models/model.json", lose), "graph"),
        (changed_json(content, "models/model.json", age), "version 5"),
    ]:
        with pytest.raises(ModelError, match=reason):
            open_exported(spoiled, "it")
