"""Networks that are fitted at once, by solving for their weights, and not step by step."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai.front_end import FrontEnd
from musicai.training.dataset import Dataset
from musicai.training.radial import fit_radial
from musicai.training.recipe import Recipe
from musicai.training.texture import fit_texture

Fit = Callable[[Dataset, Recipe, int, FrontEnd], nn.Module]

_SOUNDS = 1
"""Seed of the sounds that are no music: the same whatever the seed of the network."""


def _radial(data: Dataset, recipe: Recipe, seed: int, _: FrontEnd) -> nn.Module:
    return fit_radial(data, recipe, seed)


def _texture(data: Dataset, recipe: Recipe, seed: int, front_end: FrontEnd) -> nn.Module:
    frames = data.spectrograms.shape[2]
    return fit_texture(data, _negatives(recipe.negatives, front_end)[:, :, :frames], recipe, seed)


@lru_cache(maxsize=1)  # minutes of work, and a run that ships all data needs them twice
def _negatives(count: int, front_end: FrontEnd) -> NDArray[np.float32]:
    if not count:
        return np.zeros((0, front_end.n_mels, 1), np.float32)
    # decoders and scipy's filters, most of a second, which no other architecture needs
    from musicai.training.negatives.collection import make  # noqa: PLC0415

    return make(count, _SOUNDS, front_end)[0]


FITS: Mapping[str, Fit] = {"radial": _radial, "texture": _texture}
"""By architecture."""
