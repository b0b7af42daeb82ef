"""Folders by class: of audio, of pictures that a front end drew, of grey spectrograms."""

import os
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from musicai.audio.bands import IMAGE_ROWS
from musicai.errors import DatasetError
from musicai.front_end import FrontEnd
from musicai.library.kinds import AUDIO, extension
from musicai.library.tags import read_tags
from musicai.training.sources.class_folder import list_classes
from musicai.training.sources.drawn_by import drawn_by
from musicai.training.sources.example import Example
from musicai.training.sources.source import Content, Listing, Source

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"))
"""Extensions of what is looked at as a picture."""
ARTIST_KEY, SOUND_KEY, SETTINGS_KEY = "Artist", "Audio hash", "Drawn by"
"""A picture that MusicAI made keeps, in its PNG text: whose sound it shows, which sound, and how."""


class AudioFolder(Source):
    """``GENRE/**/file`` in any format that can be decoded."""

    kind = "audio"
    content: Content = "audio"

    def __init__(self, root: Path) -> None:
        self.root, self.location = root, str(root)

    def listing(self) -> Listing:
        """Return the files that claim to be audio, with the artists in their tags."""
        return list_classes(self.root, is_audio, audio_example)

    def shape(self) -> str:
        """Return what it should look like."""
        return "one subfolder per genre is wanted, with audio files in it"


class PictureFolder(Source):
    """``GENRE/**/file.png``, drawn by one front end."""

    kind = "pictures"
    content: Content = "pictures"

    def __init__(self, root: Path, front_end: FrontEnd | None = None) -> None:
        """Take a folder, and what drew it where no ``front_end.json`` lies in it; DatasetError else."""
        self.root, self.location = root, str(root)
        self.drawn_by = drawn_by(root, front_end)

    def listing(self) -> Listing:
        """Return the pictures."""
        return list_classes(self.root, is_picture, picture_example)

    def shape(self) -> str:
        """Return what it should look like."""
        return "one subfolder per genre is wanted, with pictures in it"


class SpectrogramFolder(Source):
    """``GENRE/**/id.png``: grey, 544 bins high, as the shared GTZAN spectrograms are."""

    kind = "spectrograms"
    content: Content = "spectrograms"

    def __init__(self, root: Path) -> None:
        self.root, self.location = root, str(root)

    def listing(self) -> Listing:
        """Return the spectrograms."""
        return list_classes(self.root, is_picture, picture_example)

    def shape(self) -> str:
        """Return what it should look like."""
        return "one subfolder per genre is wanted, with grey spectrograms in it"


def is_audio(file: Path) -> bool:
    """Whether a name claims audio."""
    return extension(os.fsencode(file.name)) in AUDIO


def is_picture(file: Path) -> bool:
    """Whether a name claims a picture."""
    return file.suffix.lower() in PICTURES


def audio_example(name: str, genre: str, file: Path, group: str | None) -> Example:
    """Return an example with the artist of the file's tags."""
    return Example(name, genre, file, group, artist=read_tags(os.fsencode(file)).artist)


def picture_example(name: str, genre: str, file: Path, group: str | None) -> Example:
    """Return an example with what the picture's own text says about its sound."""
    text = picture_text(file)
    return Example(name, genre, file, group, text.get(ARTIST_KEY), text.get(SOUND_KEY))


def picture_text(file: Path) -> dict[str, str]:
    """Return the PNG text before the pixels; none of what is no picture, which loading will say."""
    try:
        with Image.open(file) as image:
            return {key: str(value) for key, value in image.info.items() if key in _KEYS}
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}


_KEYS = (ARTIST_KEY, SOUND_KEY, SETTINGS_KEY)


def grey_and_high(file: Path) -> tuple[bool, bool]:
    """Return whether a picture is grey, and whether it is as high as the shared spectrograms.

    Raises
    ------
    DatasetError: it cannot be read.
    """
    try:
        with Image.open(file) as image:
            return image.mode in ("L", "P", "1", "LA"), image.height == IMAGE_ROWS
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as err:
        raise DatasetError(f"{file} is no picture: {err}") from err
