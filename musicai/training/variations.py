"""Variations of clips that a network fitted at once learns from: what a genre survives."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from musicai.training.augmentation import crop, recolour
from musicai.training.recipe import Recipe

_SHORTEST = 0.4  # of a clip: what a copy keeps at least
_LEAST_STD = 1e-6
_EMPTY = 1.0  # below the lowest level of a clip lie the bands that a low rate leaves empty
_NARROW = 0.9  # of the bands are left: those below 7.7 of 10.5 kHz, as in a file of 16 kHz
_HALF_EMPTY = 1.1  # standard deviations that the last band before the empty ones loses


def copies(clips: Tensor, recipe: Recipe, random: torch.Generator) -> Iterator[Tensor]:
    """Yield `recipe.copies` variations of clips, (n, M, T): recoloured, every second one shorter too."""
    settings = replace(recipe.augmentation, tempo=0.0)
    length = clips.shape[2]
    for number in range(recipe.copies):
        kept = 1.0 if number % 2 == 0 else _SHORTEST + 0.3 * float(torch.rand(1, generator=random))
        cut = crop(clips, min(length - 1, int(length * kept)), settings, random)
        yield _as_heard(recolour(cut, settings, random)[:, 0])


def parts(clips: Tensor) -> Iterator[Tensor]:
    """Yield both halves of clips, (n, M, T), and their first and last two thirds."""
    length = clips.shape[2]
    for start, end in ((0, 1 / 2), (1 / 2, 1), (0, 2 / 3), (1 / 3, 1)):
        yield _as_heard(clips[:, :, int(start * length) : int(end * length)])


def narrow(clips: Tensor) -> Tensor:
    """Return clips, (n, M, T), as a sample rate of 16 kHz leaves them: the highest bands empty."""
    edge = int(_NARROW * clips.shape[1])
    left = clips.clone()
    left[:, edge] -= _HALF_EMPTY
    left[:, edge + 1 :] = clips.amin(dim=(1, 2))[:, None, None] - _EMPTY
    return _as_heard(left)


def _as_heard(clips: Tensor) -> Tensor:
    """Scale as the front end does."""
    std, mean = torch.std_mean(clips, dim=(1, 2), keepdim=True)
    return (clips - mean) / (std + _LEAST_STD)
