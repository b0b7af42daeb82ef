"""Mel-spaced bands over the bins of a Fourier transform that the shared GTZAN images hold."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ModelError
from musicai.front_end import FrontEnd

IMAGE_ROWS = 544
"""Rows of a shared image: so many of the 1025 bins were kept."""

_N_BINS = 1025
# Half of a band's width, in steps from one band to the next: neighbours overlap, so that low bands, which
# hold few bins, do not follow the noise of single ones (nor the 256 levels of the images).
_HALF_WIDTH = 1.0
# The images' scaler rounded this row down: measured on the shared audio, row 224 holds bin 422 and
# not the 423 that the formula (and the table beside the images) gives.
_MISPLACED_ROW, _MISPLACED_BIN = 224, 422


def image_bins() -> NDArray[np.int64]:
    """Return which bin each image row holds, lowest first: nearest neighbour, shape (544,), 0..1024."""
    return np.floor((np.arange(IMAGE_ROWS) + 0.5) * _N_BINS / IMAGE_ROWS).astype(np.int64)


@cache
def measured_bins() -> NDArray[np.int64]:
    """Return `image_bins` with the one row corrected that holds another bin, shape (544,), read only."""
    bins = image_bins()
    bins[_MISPLACED_ROW] = _MISPLACED_BIN
    bins.flags.writeable = False
    return bins


def hz_to_mel(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert Hz to Slaney's mel: linear below 1 kHz, logarithmic above (Auditory Toolbox, 1998)."""
    above = 15.0 + 27.0 * np.log(np.maximum(frequencies, 1000.0) / 1000.0) / np.log(6.4)
    return np.where(frequencies < 1000.0, frequencies * 3.0 / 200.0, above)


@cache
def band_matrix(front_end: FrontEnd) -> NDArray[np.float32]:
    """Return the weights that average image rows within bands.

    Parameters
    ----------
    front_end: kind ``band_db``; `n_fft` must be 2048, as in the images.

    Returns
    -------
    float32, shape (n_mels, 544). Every row is a triangle over mel and sums to 1.

    Raises
    ------
    ModelError: `n_fft` is another, or a band holds no bin.
    """
    if front_end.n_fft // 2 + 1 != _N_BINS:
        raise ModelError(f"front end band_db needs n_fft 2048, not {front_end.n_fft}")
    hz = measured_bins() * front_end.sample_rate / front_end.n_fft
    low, high = hz_to_mel(np.array([front_end.f_min, front_end.f_max]))
    step = (high - low) / front_end.n_mels
    centres = low + step * (np.arange(front_end.n_mels) + 0.5)
    weights = np.maximum(0.0, 1.0 - np.abs(hz_to_mel(hz) - centres[:, None]) / (_HALF_WIDTH * step))
    weights[:, (hz < front_end.f_min) | (hz >= front_end.f_max)] = 0.0
    sums = weights.sum(axis=1, keepdims=True)
    if not np.all(sums > 0):
        raise ModelError(f"front end band_db: {front_end.n_mels} bands are too many, some hold no bin")
    matrix: NDArray[np.float32] = (weights / sums).astype(np.float32)
    return matrix
