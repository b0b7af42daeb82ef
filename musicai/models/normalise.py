"""Scaling what a network sees: the same in training and in inference."""

import torch
from torch import Tensor

from musicai.models.side_car import Normalisation

_LEVELS = 255


def normalised(x: Tensor, normalisation: Normalisation) -> Tensor:
    """Return the batch with its mean taken off and divided by its deviation, float32.

    Parameters
    ----------
    x: (B, 1, M, T) spectrograms; or (B, 3, S, S) pictures, uint8, which become 0..1 first.
    normalisation: one mean and deviation, or one per channel.
    """
    levels = x.float() / _LEVELS if x.dtype == torch.uint8 else x
    if (normalisation.mean, normalisation.std) == (0.0, 1.0):
        return levels
    return (levels - _per_channel(normalisation.mean)) / _per_channel(normalisation.std)


def _per_channel(value: float | tuple[float, ...]) -> Tensor:
    return torch.tensor(value, dtype=torch.float32).reshape(-1, 1, 1)  # (C, 1, 1)
