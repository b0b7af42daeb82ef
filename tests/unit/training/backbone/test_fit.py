"""A new head on a frozen backbone: learned, reproducible, and then a model like any other."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from musicai.errors import ConfigError
from musicai.models.backbone.memory import Memory
from musicai.models.inference import load_classifier
from musicai.models.side_car import Architecture, read_side_car
from musicai.models.store import DEFAULT_MODEL, SHIPPED
from musicai.models.weights import write_model
from musicai.training.backbone import embed, fit_backbone, fit_head, open_backbone
from musicai.training.loop import logits_of
from musicai.training.recipe import Recipe
from tests.unit.models.conftest import describe

LINEAR = Recipe(architecture="backbone")
HIDDEN = Recipe(architecture="backbone", arguments={"hidden": 16, "dropout": 0.2}, epochs=30, batch=16)
TEXTURE = {"banks": [{"frames": 4, "patches": 12, "projected": 6}]}
COMMITTEE = {
    "members": [
        {"name": "radial", "arguments": {"centres": 5}, "weight": 1.0},
        {"name": "residual_cnn", "arguments": {"stem": 4, "widths": [4, 6], "head": 8}, "weight": 0.5},
    ]
}


def accuracy(network, data) -> float:
    return float((logits_of(network, data).argmax(axis=1) == data.labels).mean())


def write(folder, backbone, network):
    arguments = network.arguments
    write_model(
        folder,
        network,
        lambda digest: describe(
            digest,
            name=folder.name,
            architecture=Architecture("backbone", arguments),
            front_end=backbone.front_end,
        ),
    )
    return folder


@pytest.mark.parametrize("recipe", [LINEAR, HIDDEN], ids=["linear", "hidden"])
@pytest.mark.parametrize("kind", ["own", "texture", "committee", "onnx", "exported"])
def test_a_head_is_learned_and_the_model_stands_alone(
    kind, recipe, data, write_own, onnx_file, exported_file, tmp_path
):
    source = {
        "own": write_own,
        "texture": lambda: write_own("patches", "texture", TEXTURE),
        "committee": lambda: write_own("both", "committee", COMMITTEE),
        "onnx": lambda: onnx_file,
        "exported": lambda: exported_file,
    }[kind]()
    backbone = open_backbone(str(source))
    network = fit_backbone(data, recipe, 1, backbone)
    assert accuracy(network, data) > 0.9
    folder = write(tmp_path / "new", backbone, network)
    for file in [*source.parent.glob("[np]*.*"), *source.glob("*")]:
        file.unlink()  # what it was built on travels with it
    classifier = load_classifier(folder)
    expected = torch.softmax(torch.from_numpy(logits_of(network, data)[:3]) / 1.3, dim=1)
    found = np.stack([classifier.scores(row) for row in data.spectrograms[:3]])
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-5)


def test_a_model_on_a_backbone_is_a_backbone(data, write_own, tmp_path):
    first = open_backbone(str(write_own()))
    network = fit_backbone(data, LINEAR, 1, first)
    again = open_backbone(str(write(tmp_path / "new", first, network)))
    np.testing.assert_allclose(embed(again, data), embed(first, data), rtol=1e-5, atol=1e-6)
    assert again.kind == "own"


def test_embeddings_are_those_below_the_last_layer_and_the_body_is_frozen(data, write_own):
    folder = write_own()
    backbone = open_backbone(str(folder / "model.safetensors"))
    embeddings = embed(backbone, data)
    assert embeddings.shape == (60, 16)
    classifier = load_classifier(folder)
    output = classifier.network.get_submodule("output")
    logits = torch.from_numpy(embeddings) @ output.weight.T + output.bias
    np.testing.assert_allclose(logits.numpy(), logits_of(classifier.network, data), rtol=1e-3, atol=1e-4)
    before = {key: tensor.clone() for key, tensor in backbone.body.state_dict().items()}
    network = fit_backbone(data, HIDDEN, 1, backbone)
    network.train()
    network(torch.from_numpy(data.spectrograms[:4, None]))
    for key, tensor in network.body.state_dict().items():
        assert torch.equal(tensor, before[key]), key
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_same_seed_gives_the_same_head(data, write_own):
    embeddings = embed(open_backbone(str(write_own())), data)
    heads = [fit_head(embeddings, data.labels, data.genres, HIDDEN, seed) for seed in (1, 1, 2)]
    first, same, other = ([p.clone() for p in head.parameters()] for head in heads)
    assert all(map(torch.equal, first, same))
    assert not any(map(torch.equal, first, other))


def test_each_embedding_is_made_once(data, write_own, tmp_path):
    backbone = open_backbone(str(write_own()))
    rows = []
    backbone.body.register_forward_hook(lambda body, x, y: rows.append(len(x[0])))
    file = tmp_path / "embeddings.safetensors"
    network = fit_backbone(data, LINEAR, 1, backbone, Memory(file))
    assert accuracy(network, data) > 0.9
    assert sum(rows) == len(data)  # measuring it costs no second time
    first = embed(backbone, data, Memory(file))  # nor does a run that goes on after it was broken off
    assert sum(rows) == len(data)
    retrained = replace(backbone, origin={"sha256": "of other weights under the same name"})
    embed(retrained, data, Memory(file))
    assert sum(rows) == 2 * len(data)
    file.write_bytes(file.read_bytes()[:-500])
    np.testing.assert_array_equal(embed(backbone, data, Memory(file)), first)
    assert sum(rows) == 3 * len(data)  # a damaged file only costs time


def test_what_does_not_fit_is_refused(data, write_own):
    backbone = open_backbone(str(write_own()))
    with pytest.raises(ConfigError, match="no depth; it has hidden and dropout"):
        fit_backbone(data, Recipe(arguments={"depth": 2}), 1, backbone)
    narrow = type(data)(data.ids, data.spectrograms[:, :40], data.labels, data.genres, data.tracks)
    with pytest.raises(ConfigError, match="hears 80 bands"):
        embed(backbone, narrow)


def test_the_shipped_model_is_a_backbone(data):
    backbone = open_backbone(str(SHIPPED / DEFAULT_MODEL))
    assert backbone.origin["sha256"] == read_side_car(SHIPPED / DEFAULT_MODEL).weights_sha256
    embeddings = embed(backbone, data.take(np.arange(2)))
    assert embeddings.shape == (2, backbone.body.size)
    assert np.isfinite(embeddings).all()
