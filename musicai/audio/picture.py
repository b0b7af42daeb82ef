"""The RGB picture of a spectrogram: what the report's networks eat, and what people look at."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from musicai.audio.colours import table

REPORT_SIZE = (432, 288)
"""Width and height in pixels of the report's pictures."""


def picture(
    spectrogram: NDArray[np.float32],
    size: tuple[int, int] | None = None,
    colormap: str = "ember",
    span: tuple[float, float] | None = None,
) -> Image.Image:
    """Draw a spectrogram with low frequencies at the bottom and time to the right.

    Parameters
    ----------
    spectrogram: float32 of shape (bands, frames), lowest band first, in any unit.
    size: width and height in pixels; by default one pixel per value.
    colormap: one of `front_end.COLORMAPS`.
    span: values that get the darkest and the lightest colour; by default the least and the greatest.

    Returns
    -------
    image of mode RGB. Values that are not finite count as the least.
    """
    levels = _levels(spectrogram, span)
    image = Image.fromarray(levels[::-1])
    if size is not None and size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    image.putpalette(table(colormap).tobytes())
    return image.convert("RGB")


def _levels(spectrogram: NDArray[np.float32], span: tuple[float, float] | None) -> NDArray[np.uint8]:
    """Return the values as 0..255; uint8 of the same shape."""
    finite = np.isfinite(spectrogram)
    if not finite.all():
        least = float(spectrogram[finite].min()) if finite.any() else 0.0
        spectrogram = np.where(finite, spectrogram, np.float32(least))
    low, high = span or (float(spectrogram.min()), float(spectrogram.max()))
    scaled = (spectrogram - np.float32(low)) * np.float32(255 / max(high - low, 1e-9))
    return np.clip(scaled + np.float32(0.5), 0, 255, out=scaled).astype(np.uint8)
