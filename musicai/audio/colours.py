"""Colour maps as lookup tables, interpolated between a few anchors in Oklab, where steps look equal.

Oklab is Björn Ottosson's (2020, "A perceptual color space for image processing").
"""

from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ConfigError
from musicai.front_end import COLORMAPS

Floats = NDArray[np.float64]

# from dark to light; lightness rises evenly, so that a map also reads in black and white
_ANCHORS = MappingProxyType(
    {
        "ember": ("#07060f", "#231151", "#5b1d7e", "#9a2a78", "#d6405f", "#f5773d", "#fbb84a", "#fdf5c9"),
        "tide": ("#050a14", "#0d2545", "#134b6e", "#17758a", "#2fa08f", "#6cc890", "#b5e6a5", "#f8fae0"),
        "grey": ("#000000", "#ffffff"),
    }
)

_TO_CONE = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@cache
def table(colormap: str) -> NDArray[np.uint8]:
    """Return the lookup table of a colour map: uint8 RGB of shape (256, 3), index 0 is the darkest.

    Raises
    ------
    ConfigError: there is no such map.
    """
    if colormap not in _ANCHORS:
        raise ConfigError(f"there is no colour map {colormap!r}; there are {', '.join(COLORMAPS)}")
    if colormap == "grey":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    anchors = np.array([oklab(rgb) for rgb in _ANCHORS[colormap]])  # (n, 3)
    at = np.linspace(0, len(anchors) - 1, 256)
    lab = np.stack([np.interp(at, range(len(anchors)), anchors[:, k]) for k in range(3)], axis=1)
    return srgb(lab)


def oklab(colour: str) -> Floats:
    """Return ``#rrggbb`` as Oklab: lightness 0..1, a, b."""
    encoded = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab: Floats = _TO_LAB @ np.cbrt(_TO_CONE @ linear)
    return lab


def srgb(lab: Floats) -> NDArray[np.uint8]:
    """Return Oklab colours of shape (..., 3) as 8-bit sRGB; what lies outside is clipped."""
    cone = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(cone @ np.linalg.inv(_TO_CONE).T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)
