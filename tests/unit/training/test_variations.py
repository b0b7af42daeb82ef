import numpy as np
import pytest
import soxr
import torch

from musicai.audio.spectrogram import compute
from musicai.front_end import GTZAN_FRONT_END
from musicai.models.bandwidth import Bandwidth
from musicai.training.recipe import Recipe
from musicai.training.variations import copies, narrow, parts

from .conftest import CALM, pictures

RATE = 22_050


@pytest.fixture
def clips():
    return torch.from_numpy(pictures(12, seed=1).spectrograms)


def test_every_second_copy_is_shorter_and_all_are_scaled_as_the_front_end_does(clips):
    recipe = Recipe(architecture="texture", copies=4, augmentation=CALM)
    made = list(copies(clips, recipe, torch.Generator().manual_seed(0)))
    length = clips.shape[2]
    assert [len(each) for each in made] == [len(clips)] * 4
    assert made[0].shape[2] == made[2].shape[2] == length - 1
    assert all(0.4 * length <= each.shape[2] + 1 <= 0.7 * length + 1 for each in made[1::2])
    for each in made:
        torch.testing.assert_close(each.mean(dim=(1, 2)), torch.zeros(len(clips)), atol=1e-5, rtol=0)
        torch.testing.assert_close(each.std(dim=(1, 2)), torch.ones(len(clips)), atol=1e-3, rtol=0)


def test_parts_cover_a_clip_and_differ_from_it_only_in_scale(clips):
    length = clips.shape[2]
    first, second, early, late = parts(clips)
    assert first.shape[2] + second.shape[2] == length
    for part, original in ((early, clips[:, :, : early.shape[2]]), (late, clips[:, :, -late.shape[2] :])):
        flat, same = part.flatten(1), original.flatten(1)
        for one, other in zip(flat, same, strict=True):
            assert np.corrcoef(one, other)[0, 1] > 0.9999


def test_a_narrow_copy_is_filled_as_a_file_of_16_khz_is():
    random = np.random.default_rng(3)
    y = np.cumsum(random.standard_normal(10 * RATE)) * 1e-2 + 0.1 * random.standard_normal(10 * RATE)
    y = (0.3 * y / np.abs(y).max()).astype(np.float32)
    there = soxr.resample(soxr.resample(y, RATE, 16_000), 16_000, RATE)
    whole, real = (torch.from_numpy(compute(sound, GTZAN_FRONT_END))[None] for sound in (y, there))
    bandwidth = Bandwidth(80)
    bandwidth.learn(whole)
    made = bandwidth(narrow(whole))
    assert (made - bandwidth(real)).abs().mean() < 0.1
    assert (narrow(whole) - whole).abs().mean() > 0.3
