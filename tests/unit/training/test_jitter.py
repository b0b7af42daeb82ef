"""ColorJitter against its definitions: Pillow's enhancers and the standard library's HSV."""

import colorsys

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance

from musicai.training import jitter as jittering
from musicai.training.jitter import brighten, contrast, jitter, saturate, turn_hue

ROUNDING = 1.01 / 255  # Pillow works on whole levels, and cuts them off


@pytest.fixture(scope="module")
def levels():
    """Three pictures in all colours: uint8, (3, 3, 16, 12)."""
    return np.random.default_rng(3).integers(0, 256, (3, 3, 16, 12), dtype=np.uint8)


@pytest.mark.parametrize(
    ("operation", "enhancer"),
    [
        (brighten, ImageEnhance.Brightness),
        (contrast, ImageEnhance.Contrast),
        (saturate, ImageEnhance.Color),
    ],
)
def test_brightness_contrast_and_saturation_are_pillows(levels, operation, enhancer):
    factors = [0.0, 0.55, 1.7]
    changed = operation(torch.from_numpy(levels).float() / 255, torch.tensor(factors))
    for picture, factor, result in zip(levels, factors, changed, strict=True):
        image = enhancer(Image.fromarray(picture.transpose(1, 2, 0))).enhance(factor)
        expected = np.asarray(image).transpose(2, 0, 1) / 255
        np.testing.assert_allclose(result, expected, atol=2 * ROUNDING)


def test_hue_is_turned_in_hsv(levels):
    levels = levels.copy()
    levels[0, :, :2] = 128  # grey has no hue to turn
    levels[0, :, 2] = [[255], [0], [0]]
    turns = [-0.1, 0.07, 0.5]
    changed = turn_hue(torch.from_numpy(levels).float() / 255, torch.tensor(turns))
    for picture, turn, result in zip(levels / 255, turns, changed, strict=True):
        hsv = [colorsys.rgb_to_hsv(*rgb) for rgb in picture.reshape(3, -1).T]
        expected = [colorsys.hsv_to_rgb((h + turn) % 1, s, v) for h, s, v in hsv]
        np.testing.assert_allclose(result.reshape(3, -1).T, expected, atol=1e-5)


def test_contrast_one_is_read_as_torchvision_does():
    assert jittering.CONTRAST == (0.0, 2.0)


def test_a_third_of_the_pictures_is_changed_and_the_range_stays(levels):
    x = torch.from_numpy(np.tile(levels, (200, 1, 1, 1))).float() / 255
    changed = jitter(x, 0.33, torch.Generator().manual_seed(1))
    share = (changed != x).flatten(1).any(dim=1).float().mean()
    assert 0.27 < share < 0.39
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_every_picture_has_an_order_and_factors_of_its_own_that_the_seed_decides(levels):
    x = torch.from_numpy(levels[:1]).float().expand(64, -1, -1, -1) / 255
    first, again = (jitter(x, 1.0, torch.Generator().manual_seed(2)) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert len(torch.unique(first.flatten(1), dim=0)) == 64


def test_the_draw_is_applied_as_drawn(levels):
    """One picture, worked out by hand from the very numbers that are drawn."""
    x = torch.from_numpy(levels[:1]).float() / 255
    random = torch.Generator().manual_seed(5)
    torch.rand(1, generator=random)
    low, high = torch.tensor([(0.5, 1.5), (0.0, 2.0), (0.5, 1.5), (-0.1, 0.1)]).T
    factors = low + (high - low) * torch.rand(4, 1, generator=random)[:, 0]
    expected = x
    for number in torch.rand(1, 4, generator=random).argsort(dim=1)[0]:
        expected = (brighten, contrast, saturate, turn_hue)[number](expected, factors[number : number + 1])
    torch.testing.assert_close(jitter(x, 1.0, torch.Generator().manual_seed(5)), expected)
