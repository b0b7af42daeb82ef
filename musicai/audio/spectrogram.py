"""From an excerpt, or from a shared GTZAN image, to the spectrogram that a network sees."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from musicai.audio.bands import band_matrix, measured_bins
from musicai.audio.levels import decode_levels
from musicai.audio.mel import mel_db, mel_log
from musicai.errors import CorruptError, ModelError
from musicai.front_end import FrontEnd

# 9 dB below the quantisation noise of 16 bits (-141 dB re 1/Hz at 22 050 Hz). Decoders that compute in
# floating point go far below it in fades; the recordings that models learn from cannot.
_FLOOR = np.float32(10.0 ** (-150.0 / 10.0))
_DB_PER_NEPER = np.float32(10.0 / np.log(10.0))
# Frames per transform: their spectra stay in the processor's cache, and no page of memory is new.
_BLOCK_FRAMES = 64
# Below this spread there is nothing to scale: silence becomes zeros and not amplified rounding.
_LEAST_STD_DB = 1e-3


def compute(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Compute the spectrogram of one excerpt.

    Parameters
    ----------
    y: mono samples in [-1, 1] at `front_end.sample_rate`, shape (n,). Fewer than `n_fft` samples are
        filled up with silence.
    front_end: the model's settings.

    Returns
    -------
    float32, shape (n_mels, frames), lowest band first. ``band_db``: mean 0 and standard deviation 1
    (all zeros for silence); ``mel_db``: -80..0 dB; ``mel_log``: from 0 on; ``wave``: `y` as (1, n).

    Raises
    ------
    CorruptError: a sample is not a finite number.
    ModelError: the front end's settings do not fit one another.
    """
    if len(y) < front_end.n_fft:
        y = np.pad(y, (0, front_end.n_fft - len(y)))
    y = np.ascontiguousarray(y, dtype=np.float32)
    bands = _KINDS[front_end.kind](y, front_end)
    if not np.isfinite(bands).all():
        raise CorruptError("the sound has samples that are not finite numbers")
    return bands


def from_pixels(pixels: NDArray[np.uint8], front_end: FrontEnd) -> NDArray[np.float32]:
    """Compute from a shared GTZAN image what `compute` makes of its clip.

    Parameters
    ----------
    pixels: uint8, shape (544, frames), high frequencies at the top, as the PNG stores them.
    front_end: kind ``band_db``; hop and rate are the images'.

    Returns
    -------
    float32, shape (n_mels, frames), mean 0, standard deviation 1.

    Raises
    ------
    ModelError: the front end cannot be computed from images.
    """
    if front_end.kind != "band_db":
        raise ModelError(
            f"images lost their scale: front end {front_end.kind} cannot be computed from them"
        )
    return _z_score(band_matrix(front_end) @ decode_levels(pixels)[::-1])


def _band_db(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    matrix = band_matrix(front_end)
    if front_end.center:
        y = np.pad(y, front_end.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, front_end.n_fft)[:: front_end.hop_length]
    bands = np.empty((len(matrix), len(frames)), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):  # compute() looks for the outcome
        for at in range(0, len(frames), _BLOCK_FRAMES):
            bands[:, at : at + _BLOCK_FRAMES] = (
                matrix @ _log_density(frames[at : at + _BLOCK_FRAMES], front_end).T
            )
        return _z_score(bands)


def _log_density(frames: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Return the power spectral density in dB of a block of frames, shape (frames, 544)."""
    bins = fft.rfft(frames * _window(front_end), axis=1)[:, measured_bins()]
    density: NDArray[np.float32] = bins.real**2 + bins.imag**2
    np.maximum(density, _FLOOR, out=density)
    np.log(density, out=density)
    density *= _DB_PER_NEPER
    return density


@cache
def _window(front_end: FrontEnd) -> NDArray[np.float32]:
    """Return the symmetric Hann window of the images, scaled to give power per Hz."""
    window = np.hanning(front_end.n_fft)
    per_hz = np.sqrt(front_end.sample_rate * np.sum(window**2) / 2)
    scaled: NDArray[np.float32] = (window / per_hz).astype(np.float32)
    return scaled


def _z_score(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = bands - bands.mean()
    std = centred.std()
    return centred / std if not std < _LEAST_STD_DB else np.zeros_like(bands)


def _wave(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    del front_end
    return y[None]


_KINDS = {"mel_db": mel_db, "band_db": _band_db, "mel_log": mel_log, "wave": _wave}
