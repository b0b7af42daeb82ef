"""Mean and deviation of each channel of the pictures that a network learns from."""

import numpy as np

from musicai.models.side_car import Normalisation
from musicai.training.channel_levels import ChannelLevels
from musicai.training.dataset import Dataset

_LEAST_STD = 1e-3
_ROWS_AT_ONCE = 64


def normalisation_of(data: Dataset) -> Normalisation:
    """Return what the loop takes off the rows and divides them by.

    Spectrograms stay as the front end made them. Of pictures: mean and standard deviation of each
    channel over all rows and pixels, on the scale 0..1, as the report computes them.
    """
    if data.picture_size is None:
        return Normalisation()
    levels = ChannelLevels()
    for first in range(0, len(data), _ROWS_AT_ONCE):  # no copy of all pictures
        levels.add(data.spectrograms[first : first + _ROWS_AT_ONCE].astype(np.uint8, copy=False))
    return Normalisation(levels.mean, tuple(max(std, _LEAST_STD) for std in levels.std))
