"""The report's two networks: sizes, order of layers, switches."""

import pytest
import torch
from torch import nn

from musicai.errors import ModelError
from musicai.models.networks import build


def made(name, **arguments):
    return build(name, {"size_input": 32, "out_channels": 4, **arguments}, n_mels=128, genres=10)


def kinds(modules):
    return [type(module).__name__ for module in modules]


@pytest.mark.parametrize("name", ["lenet_color", "mini_alexnet"])
def test_a_batch_of_pictures_becomes_logits(name):
    network = made(name, batch_norm_1d=True).eval()
    x = torch.rand(3, 3, 32, 32)
    assert network(x).shape == (3, 10)
    torch.testing.assert_close(network(x.to(memory_format=torch.channels_last)), network(x))


def test_at_the_reports_size_lenet_has_the_reports_layers():
    with torch.device("meta"):
        network = build("lenet_color", {}, n_mels=128, genres=10)
        linear = [module for module in network.classifier if isinstance(module, nn.Linear)]
        assert network.features(torch.empty(1, 3, 128, 128)).shape == (1, 16, 32, 32)
    assert [(m.in_features, m.out_features) for m in linear] == [
        (16 * 32 * 32, 16 * 16 * 16),
        (16 * 16 * 16, 10),
    ]


def test_at_the_reports_size_mini_alexnet_has_the_reports_layers():
    with torch.device("meta"):
        network = build("mini_alexnet", {"batch_norm_2d": True}, n_mels=128, genres=10)
        assert network.features(torch.empty(1, 3, 128, 128)).shape == (1, 64, 16, 16)
    convolutions = [module for module in network.features if isinstance(module, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in convolutions] == [(3, 16), (16, 32), (32, 64)]
    assert {(m.kernel_size, m.stride, m.padding) for m in convolutions} == {((2, 2), (1, 1), (1, 1))}


def test_lenet_norms_come_after_the_dropout_and_before_the_linear_layer():
    network = made("lenet_color", dropout=0.5, batch_norm_1d=True)
    assert kinds(network.classifier) == ["Dropout", "BatchNorm1d", "Linear", "ReLU", "Linear"]
    assert kinds(made("lenet_color").classifier) == ["Linear", "ReLU", "Linear"]


def test_mini_alexnet_pools_before_relu_and_norms_before_all_convolutions_but_the_first():
    network = made("mini_alexnet", batch_norm_1d=True, batch_norm_2d=True)
    stage = ["Conv2d", "MaxPool2d", "ReLU"]
    assert kinds(network.features) == [*stage, "BatchNorm2d", *stage, "BatchNorm2d", *stage]
    layer = ["Dropout", "BatchNorm1d", "Linear"]
    assert kinds(network.classifier) == [*layer, "ReLU", *layer, "ReLU", *layer]


@pytest.mark.parametrize(("name", "size"), [("lenet_color", 100), ("mini_alexnet", 40), ("lenet_color", 0)])
def test_a_size_that_cannot_be_halved_often_enough_is_refused(name, size):
    with pytest.raises(ModelError, match=f"multiple of .* not {size}"):
        made(name, size_input=size)
