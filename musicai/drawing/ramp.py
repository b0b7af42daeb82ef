"""Shades from the background of a panel to a full colour, in steps that look equal."""

from functools import cache

import numpy as np

from musicai.audio.colours import oklab, srgb
from musicai.drawing.canvas import BACKGROUND, PANEL, TEXT, Colour

TEAL, AMBER = "#2fb8a0", "#f5873d"
_BRIGHT = 0.62


def shade(share: float, colour: str) -> Colour:
    """Return the shade of a share from 0 (a panel's background) to 1 (the colour ``#rrggbb``)."""
    red, green, blue = (int(v) for v in srgb(_between(share, colour)))
    return red, green, blue


def ink(share: float, colour: str) -> Colour:
    """Return the colour of letters that can be read on a shade."""
    return BACKGROUND if _between(share, colour)[0] > _BRIGHT else TEXT


def _between(share: float, colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    dark, full = _lab("#{:02x}{:02x}{:02x}".format(*PANEL)), _lab(colour)
    mixed: np.ndarray[tuple[int], np.dtype[np.float64]] = dark + (full - dark) * min(max(share, 0.0), 1.0)
    return mixed


_lab = cache(oklab)
