import pytest
import torch

from musicai.models.bandwidth import Bandwidth


def scaled(bands):
    return (bands - bands.mean(dim=(1, 2), keepdim=True)) / bands.std(
        dim=(1, 2), keepdim=True, correction=0
    )


@pytest.fixture
def sounds():
    """Spectrograms that fall towards the top and beat, as music does."""
    torch.manual_seed(0)
    beat = torch.randn(6, 1, 90).cumsum(dim=2) * 0.05
    return scaled(beat - torch.linspace(0, 3, 80)[None, :, None] + 0.5 * torch.randn(6, 80, 90))


@pytest.fixture
def bandwidth(sounds):
    made = Bandwidth(80)
    made.learn(sounds)
    return made


def cut(sounds, edge, floor=-20.0):
    """Leave nothing from band `edge` on, and scale anew as the front end does."""
    bands = sounds.clone()
    bands[:, edge:] = floor
    return scaled(bands)


def test_a_full_spectrogram_passes_unchanged(bandwidth, sounds):
    assert torch.equal(bandwidth(sounds), sounds)


@pytest.mark.parametrize("edge", [60, 72, 78])
def test_what_remains_is_as_if_nothing_had_been_cut(bandwidth, sounds, edge):
    found = bandwidth(cut(sounds, edge))
    apart = (found - sounds)[:, : edge - 2].abs().mean()
    assert apart < 0.1 < (cut(sounds, edge) - sounds)[:, : edge - 2].abs().mean()


def test_how_deep_the_empty_bands_lie_makes_no_difference(bandwidth, sounds):
    torch.testing.assert_close(
        bandwidth(cut(sounds, 70, floor=-8.0)), bandwidth(cut(sounds, 70, floor=-60.0)), atol=1e-3, rtol=0
    )


def test_only_those_of_a_batch_are_filled_that_need_it(bandwidth, sounds):
    mixed = torch.cat([sounds[:1], cut(sounds, 70)[1:2]])
    found = bandwidth(mixed)
    torch.testing.assert_close(found[0], sounds[0])
    assert found[1, 70:].std(dim=1).min() > 0.1


def test_noise_that_never_moves_has_all_its_bands(bandwidth):
    torch.manual_seed(1)
    steady = scaled(0.05 * torch.randn(1, 80, 90) - torch.linspace(0, 3, 80)[None, :, None])
    assert torch.equal(bandwidth(steady), steady)


def test_silence_stays_silence(bandwidth):
    assert not bandwidth(torch.zeros(1, 80, 40)).any()
