"""A drawing surface in the units of the finished picture, drawn larger and scaled down for smooth edges."""

from collections.abc import Sequence
from typing import Literal

from PIL import Image, ImageDraw

from musicai.drawing.lettering import Font, lettering

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Anchor = Literal["ls", "lm", "ms", "mm", "rs", "rm"]

BACKGROUND: Colour = (17, 18, 24)
PANEL: Colour = (27, 28, 37)
LINE: Colour = (54, 56, 70)
MUTED: Colour = (146, 149, 166)
TEXT: Colour = (236, 237, 243)

_SCALE = 2


class Canvas:
    """Draws on an image of `width` by `height` finished pixels."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width * _SCALE, height * _SCALE), BACKGROUND)
        self._draw = ImageDraw.Draw(self._image)
        self._size = (width, height)

    def box(self, box: Box, fill: Colour, radius: float = 0) -> None:
        """Fill a rectangle."""
        left, top, right, bottom = (round(v * _SCALE) for v in box)
        if right <= left or bottom <= top:
            return
        # Pillow's boxes include their last row and column
        corners = (left, top, right - 1, bottom - 1)
        self._draw.rounded_rectangle(corners, round(radius * _SCALE), fill=fill)

    def line(self, start: Point, end: Point, fill: Colour, width: float = 1) -> None:
        """Draw a straight line."""
        self.curve((start, end), fill, width)

    def curve(self, points: Sequence[Point], fill: Colour, width: float = 1) -> None:
        """Draw straight lines from point to point."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._draw.line(scaled, fill=fill, width=max(1, round(width * _SCALE)), joint="curve")

    def area(self, corners: Sequence[Point], fill: Colour) -> None:
        """Fill what lies between the corners."""
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in corners], fill=fill)

    def dot(self, at: Point, radius: float, fill: Colour) -> None:
        """Fill a circle."""
        x, y, r = at[0] * _SCALE, at[1] * _SCALE, radius * _SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def text(
        self,
        at: Point,
        text: str,
        size: int,
        *,
        fill: Colour = TEXT,
        anchor: Anchor = "ls",
        most: float = 0,
    ) -> float:
        """Write one line; `most` shortens it to that width. Return its width."""
        written, font = lettering(text, size * _SCALE)
        written = _shortened(written, font, most * _SCALE)
        self._draw.text((at[0] * _SCALE, at[1] * _SCALE), written, fill=fill, font=font, anchor=anchor)
        return float(font.getlength(written)) / _SCALE

    def upward(self, at: Point, text: str, size: int, *, fill: Colour = TEXT, most: float = 0) -> None:
        """Write one line from bottom to top; `at` is the middle of its lower end."""
        written, font = lettering(text, size * _SCALE)
        written = _shortened(written, font, most * _SCALE)
        # one height for every word: the lines of neighbours then stand alike
        left, top, right, bottom = (round(v) for v in font.getbbox(written + "Ag"))
        mask = Image.new("L", (right, bottom))
        ImageDraw.Draw(mask).text((0, 0), written, fill=255, font=font)
        turned = mask.crop((left, top, right, bottom)).rotate(90, expand=True)
        x = round(at[0] * _SCALE) - turned.width // 2
        y = round(at[1] * _SCALE) - turned.height
        self._image.paste(Image.new("RGB", turned.size, fill), (x, y), turned)

    def paste(self, image: Image.Image, box: Box) -> None:
        """Put an image into a box, scaled to it."""
        left, top, right, bottom = (round(v * _SCALE) for v in box)
        self._image.paste(image.resize((right - left, bottom - top), Image.Resampling.BICUBIC), (left, top))

    def shade(self, box: Box, share: float) -> None:
        """Darken what has been drawn."""
        corners = tuple(round(v * _SCALE) for v in box)
        left, top, right, bottom = corners
        if right <= left or bottom <= top:
            return
        region = self._image.crop((left, top, right, bottom))
        veil = Image.new("RGB", region.size, BACKGROUND)
        self._image.paste(Image.blend(region, veil, share), (left, top))

    def finished(self) -> Image.Image:
        """Return the picture."""
        return self._image.resize(self._size, Image.Resampling.LANCZOS)


def _shortened(text: str, font: Font, most: float) -> str:
    if not most or font.getlength(text) <= most:
        return text
    while text and font.getlength(text + "...") > most:
        text = text[:-1]
    return text.rstrip() + "..."
