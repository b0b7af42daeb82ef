"""Fonts. Pillow's own covers English; titles in other scripts borrow what the machine has."""

import unicodedata
from functools import cache

from PIL import ImageFont

_BORROWED = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "Arial Unicode.ttf",
    "Arial.ttf",
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
)
_ABSENT = "\U0010fffe"
_REPLACEMENT = "?"
_DASHES = {"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"'}

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def own(size: int) -> Font:
    """Return Pillow's own font."""
    return ImageFont.load_default(size)


def lettering(text: str, size: int) -> tuple[str, Font]:
    """Return the text as it can be written, and the font that writes it.

    Characters that no font here has lose their accents, or become question marks.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for font in (own(size), *_borrowed(size)):
        if _covers(font, text):
            return text, font
    fonts = (own(size), *_borrowed(size))
    best = max(fonts, key=lambda font: sum(_covers(font, c) for c in text))
    return "".join(_written(c, best) for c in text), best


def _written(character: str, font: Font) -> str:
    if _covers(font, character):
        return character
    plain = _DASHES.get(character) or unicodedata.normalize("NFKD", character)[0]
    return plain if _covers(font, plain) else _REPLACEMENT


@cache
def _borrowed(size: int) -> tuple[Font, ...]:
    found: list[Font] = []
    for name in _BORROWED:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:  # not on this machine
            continue
    return tuple(found)


def _covers(font: Font, text: str) -> bool:
    absent = _glyph(font, _ABSENT)
    return all(c.isspace() or _glyph(font, c) != absent for c in set(text))


@cache
def _glyph(font: Font, character: str) -> bytes:
    mask = font.getmask(character)
    return bytes(mask) + repr(mask.size).encode()
