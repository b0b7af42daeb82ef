"""The report's transformation: the white border that plotted pictures have is cut off, the rest resized."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from musicai.errors import DatasetError
from musicai.training.loading.parallel import Report
from musicai.training.loading.picture_file import opened_picture
from musicai.training.picture_sets.picture_set import PictureSet, SetReport, refuse_nested
from musicai.training.sources.class_folder import list_classes
from musicai.training.sources.drawn_by import FILE, read_drawn_by
from musicai.training.sources.example import Example
from musicai.training.sources.folders import is_picture, picture_example

LEAST_SIZE, MOST_SIZE = 8, 1024
"""Pixels: what a network can see."""
_WHITE = 250  # what JPEG makes of white paper


def transform_set(
    source: Path, out: Path, size: int, *, force: bool = False, report: Report | None = None
) -> SetReport:
    """Trim and resize every picture of a folder by class to ``size`` x ``size`` pixels.

    What drew the pictures is carried over, where the folder says it.

    Raises
    ------
    DatasetError: there is no class, or one is empty; the size is none; `out` has other settings.
    """
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise DatasetError(f"a size must be {LEAST_SIZE} to {MOST_SIZE} pixels, not {size}")
    refuse_nested(source, out)
    listing = list_classes(source, is_picture, picture_example)
    if not listing.examples or listing.empty:
        where = f"the subfolder {listing.empty[0]!r} of {source}" if listing.examples else str(source)
        raise DatasetError(f"{where} has no pictures: GENRE/PICTURE is wanted")
    file = source / FILE
    drawn_by = replace(read_drawn_by(file), size=(size, size)) if file.exists() else None
    settings = {"kind": "transformed", "size": size, "drawn_by": drawn_by and drawn_by.to_json()}

    def draw(example: Example) -> tuple[Image.Image, str | None]:
        with opened_picture(example.file) as image:
            seen = trimmed(_opaque(image))
        return seen.resize((size, size), Image.Resampling.BILINEAR), example.audio_hash

    return PictureSet(out, settings, drawn_by).make(listing.examples, draw, force=force, report=report)


def _opaque(image: Image.Image) -> Image.Image:
    """Return the picture as it looks on white paper, grey or RGB."""
    if image.mode in ("1", "L", "I;16"):
        return image.convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def trimmed(image: Image.Image) -> Image.Image:
    """Cut off a white border; a picture that has none on all four sides comes back as it is.

    A spectrogram that fills its picture may well be light along one side, where it is loud.

    Raises
    ------
    DatasetError: there is nothing but white.
    """
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    ink = np.any(pixels < _WHITE, axis=2)
    if not ink.any():
        raise DatasetError("it is white all over")
    if ink[0].any() or ink[-1].any() or ink[:, 0].any() or ink[:, -1].any():
        return image
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return image.crop(box)
