import pytest
import torch

from musicai.models.patches import PatchBank
from musicai.models.texture import TextureNetwork, share_out

BANKS = [{"frames": 4, "patches": 12, "projected": 6}]


def network(**changes):
    torch.manual_seed(2)
    made = TextureNetwork(80, 4, banks=BANKS, **changes).eval()
    for bank in made.banks:
        torch.nn.init.normal_(bank.get_buffer("projection"))
        torch.nn.init.normal_(bank.get_buffer("patches"), std=0.3)
    return made


def sure_of(output, made):
    """Let the network believe in one output alone."""
    with torch.no_grad():
        made.output.weight.zero_()
        made.no_music.weight.zero_()
        belief = torch.nn.functional.one_hot(torch.tensor(output), 5) * 12.0
        made.output.bias.copy_(belief[:4])
        made.no_music.bias.copy_(belief[4:])
    return made


def test_what_is_taken_for_no_music_gets_all_genres_alike():
    scores = torch.softmax(sure_of(4, network())(torch.randn(2, 1, 80, 60)), dim=1)
    torch.testing.assert_close(scores, torch.full((2, 4), 0.25), atol=1e-3, rtol=0)


def test_what_is_taken_for_music_keeps_the_genres_probabilities():
    scores = torch.softmax(sure_of(2, network())(torch.randn(1, 1, 80, 60)), dim=1)
    assert scores[0, 2] > 0.99


def test_the_share_of_no_music_goes_to_all_genres_in_equal_parts():
    logits = torch.log(torch.tensor([[0.42, 0.18, 0.4]]))
    torch.testing.assert_close(share_out(logits).exp(), torch.tensor([[0.62, 0.38]]))


def test_no_feature_counts_for_more_than_its_limit():
    made = network(most=2.0)
    odd = torch.zeros(1, sum(made.sizes))
    odd[0, 3] = 1000.0
    at_the_limit = torch.zeros_like(odd)
    at_the_limit[0, 3] = 2.0
    torch.testing.assert_close(made.answer(odd), made.answer(at_the_limit))


def test_what_resembles_nothing_known_gets_no_confident_answer():
    made, strange = network(), 100 * torch.rand(1, 1, 80, 60).round()
    careful = network(familiar=0.5)
    assert torch.norm(careful(strange)) < 0.5 * torch.norm(made(strange))


@pytest.mark.parametrize("centred", [True, False])
def test_only_a_centred_bank_is_deaf_to_a_steady_equaliser(centred):
    torch.manual_seed(4)
    bank = PatchBank(80, frames=3, patches=20, projected=10, centred=centred)
    torch.nn.init.normal_(bank.get_buffer("projection"))
    torch.nn.init.normal_(bank.get_buffer("patches"))
    sound, equaliser = torch.randn(1, 80, 50), torch.linspace(-3, 3, 80)[None, :, None]
    same = torch.allclose(bank(sound + equaliser), bank(sound), atol=1e-4)
    assert same == centred


def test_a_bank_that_steps_hears_every_second_stretch():
    torch.manual_seed(5)
    bank, stepping = (PatchBank(80, frames=4, patches=7, projected=6, step=step) for step in (1, 2))
    torch.nn.init.normal_(bank.get_buffer("projection"))
    stepping.load_state_dict(bank.state_dict())
    sound = torch.randn(2, 80, 33)
    torch.testing.assert_close(stepping.projected(sound), bank.projected(sound)[:, ::2])


def test_stretches_are_compared_as_a_convolution_would():
    torch.manual_seed(6)
    bank = PatchBank(80, frames=4, patches=7, projected=6)
    torch.nn.init.normal_(bank.get_buffer("projection"))
    sound = torch.randn(2, 80, 33)
    expected = torch.nn.functional.conv1d(sound, bank.get_buffer("projection")).transpose(1, 2)
    expected = torch.nn.functional.normalize(expected, dim=2)
    torch.testing.assert_close(bank.projected(sound), expected, atol=1e-5, rtol=1e-4)
