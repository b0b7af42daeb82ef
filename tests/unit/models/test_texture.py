import numpy as np
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
    genres, other = np.log([0.42, 0.18]), np.log([0.4])
    np.testing.assert_allclose(np.exp(share_out(genres, other)), [0.62, 0.38])


def test_no_feature_counts_for_more_than_its_limit():
    made = network(most=2.0)
    odd = torch.zeros(1, sum(made.sizes))
    odd[0, 3], odd[0, 4] = 1000.0, -1.5
    assert made.weighed(odd)[0, 3:6].tolist() == [2.0, -1.5, 0.0]


def test_the_answer_weighs_features_within_their_limit():
    made, x = network(most=0.25), torch.randn(1, 1, 80, 60)
    weighed = made.embed(x)
    assert weighed.abs().max() == 0.25
    with torch.no_grad():
        expected = share_out(made.output(weighed)[0].numpy(), made.no_music(weighed)[0].numpy())
    np.testing.assert_allclose(made(x)[0].numpy(), expected, rtol=1e-4)


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
    sound = torch.randn(80, 33).numpy()
    np.testing.assert_allclose(stepping.projected(sound), bank.projected(sound)[::2], rtol=1e-5)


def test_stretches_are_compared_as_a_convolution_would():
    torch.manual_seed(6)
    bank = PatchBank(80, frames=4, patches=7, projected=6)
    torch.nn.init.normal_(bank.get_buffer("projection"))
    sound = torch.randn(80, 33)
    expected = torch.nn.functional.conv1d(sound, bank.get_buffer("projection")).T
    expected = torch.nn.functional.normalize(expected, dim=1)
    np.testing.assert_allclose(bank.projected(sound.numpy()), expected, atol=1e-5, rtol=1e-4)


def test_a_bank_tells_by_how_much_each_patch_exceeds_its_threshold():
    torch.manual_seed(7)
    bank = PatchBank(80, frames=4, patches=7, projected=6, threshold=0.1)
    torch.nn.init.normal_(bank.get_buffer("projection"))
    torch.nn.init.normal_(bank.get_buffer("patches"), std=0.3)
    sound = torch.randn(80, 33)
    likeness = torch.from_numpy(bank.projected(sound.numpy())) @ bank.get_buffer("patches")[:, :, 0].T
    heard = torch.relu(likeness - 0.1)
    mean, square = (heard.mean(dim=0) + 1e-3).log(), (heard.square().mean(dim=0) + 1e-6).log() / 2
    torch.testing.assert_close(bank(sound[None])[0], torch.cat([mean, square]), atol=1e-4, rtol=1e-4)
