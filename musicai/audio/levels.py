"""The grey levels of the shared GTZAN images, read back as levels of sound."""

import numpy as np
from numpy.typing import NDArray

# No shared image holds these levels: the palette that they went through merged each with the one
# below it. That one therefore stands for both, and for their middle on average.
_MERGED = (
    "1 5 11 16 19 46 51 58 60 62 67 70 72 74 77 82 88 91 93 96 101 104 109 115 122 131 138 149 156 166 190 "
    "196 203 215"
)


def _table() -> NDArray[np.float32]:
    levels = np.arange(256, dtype=np.float32)
    levels[np.array(_MERGED.split(), dtype=np.int64) - 1] += 0.5
    return levels


_LEVELS = _table()


def decode_levels(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Read pixels as levels, linear in dB.

    Parameters
    ----------
    pixels: uint8, shape (rows, frames).

    Returns
    -------
    float32, same shape, range 0..255. Frames of digital silence (all 0, however deep the lost scale put
    them) are raised to the lowest level that sounds, because their depth is arbitrary.
    """
    levels = _LEVELS[pixels]
    silent = pixels.max(axis=0) == 0
    if silent.any() and not silent.all():
        levels[:, silent] = levels[:, ~silent].min()
    return levels
