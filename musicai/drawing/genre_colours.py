"""One colour per genre, the same in every picture."""

import zlib
from collections.abc import Iterable

import numpy as np

from musicai.audio.colours import srgb

Colour = tuple[int, int, int]

OTHERS: Colour = (92, 94, 108)
# the genres of GTZAN take evenly spaced hues, in an order that sets apart what is often confused
_KNOWN = ("blues", "hiphop", "rock", "classical", "pop", "jazz", "metal", "reggae", "country", "disco")
_TURN = 2 * np.pi
_CHROMA = 0.145


def colours(genres: Iterable[str]) -> dict[str, Colour]:
    """Return a colour for each genre, by its name alone."""
    return {genre: _colour(genre) for genre in genres}


def _colour(genre: str) -> Colour:
    if genre in _KNOWN:
        place = _KNOWN.index(genre)
        hue, lightness = 0.70 + place / len(_KNOWN), 0.70 + 0.09 * (place % 2)
    else:
        digest = zlib.crc32(genre.encode())
        hue, lightness = (digest & 0xFFFF) / 0x10000, 0.66 + 0.18 * (digest >> 16) / 0x10000
    a, b = _CHROMA * np.cos(_TURN * hue), _CHROMA * np.sin(_TURN * hue)
    red, green, blue = (int(v) for v in srgb(np.array([lightness, a, b])))
    return red, green, blue
