"""Mean and deviation of each channel of the pictures that a network learns from."""

import numpy as np

from musicai.models.side_car import Normalisation
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
    counts = np.zeros((3, 256), dtype=np.int64)  # exact, and no float copy of all pictures
    for first in range(0, len(data), _ROWS_AT_ONCE):
        for channel in range(3):
            pixels = data.spectrograms[first : first + _ROWS_AT_ONCE, channel]
            counts[channel] += np.bincount(pixels.ravel(), minlength=256)
    levels, share = np.arange(256) / 255, counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    std = np.sqrt(np.maximum(share @ levels**2 - mean**2, 0))
    return Normalisation(
        tuple(round(float(m), 6) for m in mean),
        tuple(round(max(float(s), _LEAST_STD), 6) for s in std),
    )
