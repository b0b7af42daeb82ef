"""Reading picture files, whatever is wrong with them."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from musicai.errors import DatasetError

_DAMAGED = (
    OSError,
    UnidentifiedImageError,
    ValueError,
    SyntaxError,
    struct.error,
    Image.DecompressionBombError,
)


@contextmanager
def opened_picture(file: Path) -> Iterator[Image.Image]:
    """Yield a picture with its pixels read; DatasetError says what is wrong with it."""
    try:
        image = Image.open(file)
    except _DAMAGED as err:
        raise DatasetError(_reason(file, err)) from err
    with image:
        try:
            image.load()
        except _DAMAGED as err:
            raise DatasetError(_reason(file, err)) from err
        yield image


def _reason(file: Path, err: BaseException) -> str:
    if isinstance(err, UnidentifiedImageError):
        return "it is empty" if file.stat().st_size == 0 else "it is no picture"
    if isinstance(err, OSError) and err.strerror:
        return err.strerror
    return f"it is damaged: {err}"
