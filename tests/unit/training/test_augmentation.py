import pytest
import torch

from musicai.training.augmentation import crop, mask, mix, one_cycle, one_hot, recolour
from musicai.training.recipe import Augmentation

NOTHING = Augmentation(
    tempo=0, shift=0, tilt=0, low_pass=0, noise=0, range_change=0, mask_bands=0, mask_frames=0, mixup=0
)


@pytest.fixture
def random():
    return torch.Generator().manual_seed(1)


@pytest.fixture
def clips():
    return torch.randn(6, 80, 120, generator=torch.Generator().manual_seed(2))


def test_a_crop_takes_cells_as_they_are(clips, random):
    cropped = crop(clips, 50, Augmentation(), random)
    assert cropped.shape == (6, 1, 80, 50)
    assert all(torch.isin(piece, clip).all() for piece, clip in zip(cropped, clips, strict=True))


def test_nothing_asked_changes_nothing(clips, random):
    x = crop(clips, 50, NOTHING, random)
    torch.testing.assert_close(mask(recolour(x, NOTHING, random), NOTHING, random), x)


def test_a_low_pass_leaves_the_low_bands_in_order_and_the_scale_right(clips, random):
    settings = Augmentation(tilt=0, low_pass=1.0, noise=0, range_change=0)
    x = recolour(clips[:, None], settings, random)
    torch.testing.assert_close(x.mean(dim=(1, 2, 3)), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(x.std(dim=(1, 2, 3)), torch.ones(6), atol=1e-3, rtol=0)
    low = torch.stack([x[:, 0, :50].flatten(1), clips[:, :50].flatten(1)], dim=1)
    assert all(torch.corrcoef(pair)[0, 1] > 0.999 for pair in low)


def test_masks_hide_no_more_than_asked(clips, random):
    x = mask(clips[:, None] + 10, Augmentation(mask_bands=10, mask_frames=20), random)
    hidden = (x == 0).float()
    assert hidden.any()
    assert hidden.amin(dim=3).sum(dim=2).max() <= 2 * 11
    assert hidden.amin(dim=2).sum(dim=2).max() <= 2 * 21


def test_mixed_targets_stay_distributions_with_the_clip_itself_in_front(clips, random):
    targets = one_hot(torch.arange(6), 6, 0.1)
    mixed, shares = mix(clips[:, None], targets, 0.4, random)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(6))
    assert (shares.diagonal() >= 0.5 * targets.diagonal()).all()
    assert mixed.shape == (6, 1, 80, 120)


def test_the_learning_rate_rises_and_falls():
    rates = [one_cycle(step, 100, 1.0) for step in range(100)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[-1] < 0.01
    assert rates.index(max(rates)) < 20
