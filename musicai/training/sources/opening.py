"""From ``kind:location``, or a bare path, to a source."""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Engine

from musicai.config import Mounts
from musicai.errors import ConfigError, DatasetError
from musicai.front_end import FrontEnd
from musicai.training.sources import drawn_by
from musicai.training.sources.catalogue import Catalogue
from musicai.training.sources.class_folder import class_folders, files_below
from musicai.training.sources.folders import (
    AudioFolder,
    PictureFolder,
    SpectrogramFolder,
    grey_and_high,
    is_audio,
    is_picture,
)
from musicai.training.sources.manifest import Manifest
from musicai.training.sources.source import Source

KINDS = ("audio", "pictures", "spectrograms", "manifest", "catalogue")
"""What may stand before the colon."""

_LOOKED_AT = 50
"""Files per class that tell what a bare folder holds."""
_NO_MOUNTS: Mounts = MappingProxyType({})


@dataclass(frozen=True)
class SourceSpec:
    """A source as it was typed: `kind` is None for a bare folder."""

    kind: str | None
    location: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.location}" if self.kind else self.location


def parse_source(text: str) -> SourceSpec:
    """Read ``audio:DIR``, ``pictures:DIR``, ``spectrograms:DIR``, ``manifest:FILE``, ``catalogue:QUERY``.

    A path without a kind is a manifest when it ends in ``.csv``, else a folder whose kind its files tell.

    Raises
    ------
    ConfigError: nothing stands there, or no such kind is known.
    """
    kind, colon, location = text.partition(":")
    if colon and kind in KINDS:
        if not location and kind != "catalogue":
            raise ConfigError(f"{text!r} names no place: {kind}:PATH is wanted")
        return SourceSpec(kind, location)
    if not text:
        raise ConfigError(f"a source is wanted: a folder, or {', '.join(f'{kind}:...' for kind in KINDS)}")
    if colon and kind.isalpha() and not Path(text).exists():
        raise ConfigError(f"{text!r}: there is no kind of source {kind!r}, there are {', '.join(KINDS)}")
    return SourceSpec("manifest" if text.lower().endswith(".csv") else None, text)


def located(text: str, folder: Path) -> str:
    """Return a source that means the same in any working folder: relative places are below `folder`."""
    spec = parse_source(text)
    if spec.kind == "catalogue":
        return str(spec)
    return str(replace(spec, location=str((folder / Path(spec.location).expanduser()).absolute())))


def open_source(
    spec: SourceSpec | str,
    *,
    front_end: FrontEnd | None = None,
    engine: Engine | None = None,
    mounts: Mounts = _NO_MOUNTS,
) -> Source:
    """Open a source. `str()` of it says which kind a bare folder was taken for.

    Parameters
    ----------
    front_end: what drew the pictures, where the folder does not say.
    engine: of the catalogue, for the kind ``catalogue``.
    mounts: where this node finds libraries, see `Settings.mounts`.

    Raises
    ------
    ConfigError, DatasetError: the text is no source, or its place cannot be read.
    """
    if isinstance(spec, str):
        spec = parse_source(spec)
    place = Path(spec.location).expanduser()
    kind = spec.kind or recognise(place)
    if kind == "audio":
        return AudioFolder(_folder(place))
    if kind == "pictures":
        return PictureFolder(_folder(place), front_end)
    if kind == "spectrograms":
        return SpectrogramFolder(_folder(place))
    if kind == "manifest":
        return Manifest(place, front_end)
    return _catalogue(spec, engine, mounts)


def _folder(place: Path) -> Path:
    if not place.is_dir():
        raise DatasetError(f"there is no folder {place}")
    return place


def _catalogue(spec: SourceSpec, engine: Engine | None, mounts: Mounts) -> Source:
    if engine is None:
        raise ConfigError(f"{spec}: there is no catalogue here to take examples from")
    return Catalogue(engine, spec.location, mounts)


def recognise(folder: Path) -> str:
    """Return the kind of a folder by class; DatasetError when its files do not tell, or tell several."""
    audio, pictures = _sample(_folder(folder))
    if audio and 2 * len(pictures) > len(audio):  # fewer are covers
        raise DatasetError(
            f"{folder} holds audio ({audio[0].name}) and pictures ({pictures[0].name}):"
            f" say audio:{folder} or pictures:{folder}"
        )
    if audio:
        return "audio"
    if pictures:
        return _picture_kind(folder, pictures)
    raise DatasetError(f"{folder} has no subfolders with audio or pictures: GENRE/FILE is wanted")


def _picture_kind(folder: Path, pictures: list[Path]) -> str:
    if (folder / drawn_by.FILE).exists():
        return "pictures"
    is_grey, is_high = grey_and_high(pictures[0])
    if is_grey != is_high:
        raise DatasetError(
            f"{folder} may hold pictures or spectrograms ({pictures[0].name} is"
            f" {'grey' if is_grey else 'coloured'}, and {'' if is_high else 'not '}as high as spectrograms"
            f" are): say pictures:{folder} or spectrograms:{folder}"
        )
    return "spectrograms" if is_grey else "pictures"


def _sample(folder: Path) -> tuple[list[Path], list[Path]]:
    audio: list[Path] = []
    pictures: list[Path] = []
    for genre in class_folders(folder):
        for file in islice(files_below(genre), _LOOKED_AT):
            if is_audio(file):
                audio.append(file)
            elif is_picture(file):
                pictures.append(file)
    return audio, pictures
