"""What a network eats: the spectrogram of an excerpt, or the square RGB picture of it."""

import numpy as np
from numpy.typing import NDArray

from musicai.audio.picture import picture
from musicai.audio.spectrogram import compute, from_pixels
from musicai.front_end import FrontEnd


def network_input(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Compute what a model with this front end sees of one excerpt.

    Parameters
    ----------
    y: mono samples in [-1, 1] at `front_end.sample_rate`, shape (n,).
    front_end: the model's settings.

    Returns
    -------
    Without `picture_size` the spectrogram, float32, shape (n_mels, frames); with it the picture,
    uint8, shape (3, picture_size, picture_size), low frequencies at the bottom, time to the right.

    Raises
    ------
    CorruptError, ModelError: as `spectrogram.compute`.
    """
    return as_input(compute(y, front_end), front_end)


def input_from_pixels(
    pixels: NDArray[np.uint8], front_end: FrontEnd
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Make of a shared GTZAN image what `network_input` makes of its clip (`spectrogram.from_pixels`)."""
    return as_input(from_pixels(pixels, front_end), front_end)


def as_input(
    spectrogram: NDArray[np.float32], front_end: FrontEnd
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Return the spectrogram itself or, where the front end asks for one, its picture.

    The picture's levels run from the least to the greatest of the excerpt. An excerpt that is shorter
    than `excerpt_s` is repeated until it fills the picture: its time must not be stretched.
    """
    if front_end.picture_size is None:
        return spectrogram
    side = front_end.picture_size
    image = picture(repeated(spectrogram, front_end), (side, side), front_end.colormap)
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))  # (3, S, S)


def _frames(front_end: FrontEnd) -> int:
    """Return how many frames a whole excerpt has."""
    samples = round(front_end.excerpt_s * front_end.sample_rate)
    reach = 0 if front_end.center else front_end.n_fft
    return max(1, 1 + (samples - reach) // front_end.hop_length)


def repeated(spectrogram: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Return a spectrogram that is shorter than an excerpt over and over until it fills one.

    Parameters
    ----------
    spectrogram: shape (bands, frames); one that is long enough comes back as it is.
    """
    present, wanted = spectrogram.shape[1], _frames(front_end)
    if present >= wanted:
        return spectrogram
    return np.tile(spectrogram, (1, -(-wanted // present)))[:, :wanted]


def filled(spectrogram: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Return exactly the frames of one excerpt: repeated when there are fewer, cut when there are more."""
    return repeated(spectrogram, front_end)[:, : _frames(front_end)]
