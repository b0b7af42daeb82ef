"""From one file to the rows of a data set: what a network sees of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray
from PIL import Image

from musicai.audio.bands import IMAGE_ROWS
from musicai.audio.network_input import as_input, filled
from musicai.audio.spectrogram import compute, from_pixels
from musicai.audio.track import open_track
from musicai.cache.spectrograms import HASHED_S, SpectrogramCache
from musicai.errors import DatasetError
from musicai.front_end import FrontEnd
from musicai.training.loading.known_sounds import known_sound, remember_sound
from musicai.training.loading.picture_file import opened_picture
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.example import Example
from musicai.training.sources.source import content_hash

Row = NDArray[np.float32] | NDArray[np.uint8]


@dataclass(frozen=True)
class Rows:
    """What one file gave.

    Parameters
    ----------
    rows: one per excerpt, all of one shape.
    audio_hash: which sound it holds; None for pictures that do not say.
    content: digest of the sound or the pixels that the rows were made from.
    """

    rows: tuple[Row, ...]
    audio_hash: str | None
    content: str


def audio_rows(
    example: Example, front_end: FrontEnd, max_duration_s: float, cache: SpectrogramCache | None
) -> Rows:
    """Hear a track as the product does: up to three excerpts, spread evenly.

    With a cache they are seen in its 8 bits, whether or not it has them already: a run that broke off goes
    on with the same numbers.

    Raises
    ------
    TrackError: the file cannot be heard.
    DatasetError: it holds another sound than the one that was meant.
    """
    if cache is None:
        return _heard(example, front_end, max_duration_s, None)
    is_told = example.audio_hash and front_end.excerpt_s == HASHED_S
    content = "" if is_told else content_hash(example.place)
    sound = example.audio_hash or known_sound(cache.folder, content)
    if sound and (kept := cache.read(sound, front_end, whole=False, file=content)):
        return Rows(tuple(_row(excerpt.spectrogram, front_end) for excerpt in kept), sound, sound)
    heard = _heard(example, front_end, max_duration_s, cache, content)
    if content and heard.audio_hash:
        remember_sound(cache.folder, content, heard.audio_hash)
    return heard


def _heard(
    example: Example,
    front_end: FrontEnd,
    max_duration_s: float,
    cache: SpectrogramCache | None,
    content: str = "",
) -> Rows:
    recorder = cache.recorder(front_end, whole=False) if cache else None
    rows: list[Row] = []
    with open_track(example.place, max_duration_s=max_duration_s) as track:
        for excerpt in track.excerpts(front_end.sample_rate, front_end.excerpt_s):
            spectrogram = compute(excerpt.y, front_end)
            if recorder is not None:
                spectrogram = recorder.take(excerpt.start_s, excerpt.duration_s, spectrogram)
            rows.append(_row(spectrogram, front_end))
        sound = track.audio_hash()
    if example.audio_hash not in (None, sound):
        raise DatasetError("it holds another sound than the one whose genre was said")
    if recorder is not None:
        recorder.keep(sound, content)
    return Rows(tuple(rows), sound, sound)


def spectrogram_rows(example: Example, front_end: FrontEnd) -> Rows:
    """Read a grey spectrogram; DatasetError when it is none.

    Raises
    ------
    ModelError: this front end cannot be computed from images.
    """
    with opened_picture(example.file) as image:
        pixels = np.asarray(image.convert("L"))
    if pixels.shape[0] != IMAGE_ROWS:
        raise DatasetError(
            f"it is {pixels.shape[1]} x {pixels.shape[0]} pixels; spectrograms are {IMAGE_ROWS} high"
        )
    row = _row(from_pixels(pixels, front_end), front_end)
    return Rows((row,), example.audio_hash, _digest(pixels))


def picture_rows(example: Example, front_end: FrontEnd) -> Rows:
    """Read a picture as the network sees it; DatasetError when it is none."""
    side = front_end.picture_size
    if side is None:
        raise AssertionError("`check_drawn_by` comes first")
    with opened_picture(example.file) as image:
        seen = image.convert("RGB")
    if seen.size != (side, side):
        seen = seen.resize((side, side), Image.Resampling.BILINEAR)
    row: NDArray[Any] = np.ascontiguousarray(np.asarray(seen).transpose(2, 0, 1))  # (3, S, S)
    return Rows((row,), example.audio_hash, _digest(row))


def _digest(pixels: NDArray[np.uint8]) -> str:
    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(pixels).data)


def _row(spectrogram: NDArray[np.float32], front_end: FrontEnd) -> Row:
    return as_input(filled(spectrogram, front_end), front_end)


def check_drawn_by(drawn: DrawnBy | None, front_end: FrontEnd) -> None:
    """Refuse to read pictures for a network that would see other ones of a track.

    Raises
    ------
    DatasetError: the network sees spectrograms, or pictures by another front end or colour map.
    """
    if drawn is None:
        raise AssertionError("sources of pictures know what drew them")
    if front_end.picture_size is None:
        raise DatasetError("pictures cannot be turned back into spectrograms; the model must see pictures")
    if drawn.seen_as(front_end.picture_size) != front_end:
        raise DatasetError(
            "the pictures were drawn by another front end, or in another colour map, than the model sees"
        )
