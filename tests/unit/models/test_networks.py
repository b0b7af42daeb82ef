import pytest
import torch

from musicai.errors import ModelError
from musicai.models.networks import build, fold
from musicai.models.patches import PatchBank

SMALL = {"stem": 4, "widths": [4, 6], "head": 8}
RADIAL = {"centres": 12}
TEXTURE = {
    "banks": [
        {"frames": 4, "patches": 12, "projected": 6, "centred": True},
        {"frames": 8, "patches": 5, "projected": 4},
    ]
}
COMMITTEE = {
    "members": [
        {"name": "residual_cnn", "arguments": SMALL, "weight": 1.0},
        {"name": "radial", "arguments": RADIAL, "weight": 3.0},
    ]
}


def trained_looking(name, arguments):
    """Build a network whose norms have seen data, and that has patches: folding has something to fold."""
    torch.manual_seed(1)
    network = build(name, arguments, n_mels=80, genres=10).train()
    for bank in network.modules():
        if isinstance(bank, PatchBank):
            for weights in bank.buffers():
                torch.nn.init.normal_(weights, std=0.3)
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(4, 1, 80, 64))
    return network.eval()


@pytest.mark.parametrize("frames", [8, 33, 344, 700])
@pytest.mark.parametrize(
    ("name", "arguments"), [("residual_cnn", SMALL), ("radial", RADIAL), ("texture", TEXTURE)]
)
def test_any_length_gives_one_logit_per_genre(frames, name, arguments):
    network = trained_looking(name, arguments)
    assert network(torch.randn(2, 1, 80, frames)).shape == (2, 10)


@pytest.mark.parametrize(
    ("name", "arguments"), [("residual_cnn", SMALL), ("texture", TEXTURE), ("committee", COMMITTEE)]
)
def test_folding_changes_no_answer(name, arguments):
    network = trained_looking(name, arguments)
    x = torch.randn(3, 1, 80, 100)
    before = network(x)
    torch.testing.assert_close(fold(network)(x), before, atol=1e-4, rtol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())


def test_a_committee_answers_with_the_weighted_mean_of_its_members():
    committee = trained_looking("committee", COMMITTEE)
    x = torch.randn(1, 1, 80, 50)
    each = [member(x) for member in committee.get_submodule("members").children()]
    torch.testing.assert_close(committee(x), (each[0] + 3 * each[1]) / 4)


def test_an_unknown_architecture_is_refused_by_name():
    with pytest.raises(ModelError, match="'transformer'"):
        build("transformer", {}, n_mels=80, genres=10)


@pytest.mark.parametrize("arguments", [{"colour": 3}, {"widths": ["wide"]}, {"stem": -1}])
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(ModelError, match="residual_cnn"):
        build("residual_cnn", arguments, n_mels=80, genres=10)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("texture", {"banks": TEXTURE["banks"] * 100_000}),
        ("texture", {"banks": [{"frames": 4, "patches": 12, "projected": 6, "step": 0}]}),
        ("texture", {**TEXTURE, "statistics": {"cepstrum": 10**7}}),
        ("texture", {**TEXTURE, "statistics": {"modulations": 10**9}}),
        ("radial", {**RADIAL, "statistics": {"groups": 7}}),
        ("residual_cnn", {"depth": 10**9}),
        ("committee", {"members": COMMITTEE["members"] * 100_000}),
    ],
)
def test_numbers_out_of_bounds_are_refused_at_once_and_in_a_few_words(name, arguments):
    with pytest.raises(ModelError, match=f"^architecture {name} cannot be built") as caught:
        build(name, arguments, n_mels=80, genres=10)
    assert len(str(caught.value)) < 600


def test_what_resembles_nothing_known_gets_no_confident_answer():
    torch.manual_seed(3)
    careful = trained_looking("committee", {**COMMITTEE, "familiar": 5.0})
    careless = build("committee", COMMITTEE, n_mels=80, genres=10).eval()
    known, strange = torch.randn(1, 1, 80, 100), 100 * torch.rand(1, 1, 80, 100).round()
    radial = careful.get_submodule("members.1")
    radial.get_buffer("centres")[0] = radial.standardised(known)[0]
    careless.load_state_dict(careful.state_dict())
    torch.testing.assert_close(careful(known), careless(known))
    assert torch.norm(careful(strange)) < 0.5 * torch.norm(careless(strange))


@pytest.mark.parametrize(("name", "arguments"), [("radial", RADIAL), ("texture", TEXTURE)])
def test_silence_has_statistics_too(name, arguments):
    network = trained_looking(name, arguments)
    assert torch.isfinite(network(torch.zeros(1, 1, 80, 40))).all()
