"""The report's ``create_image_set``: ``class/name.wav`` becomes ``class/name.png``."""

from pathlib import Path

import numpy as np
from PIL import Image

from musicai.audio.network_input import repeated
from musicai.audio.picture import picture
from musicai.audio.spectrogram import compute
from musicai.audio.track import open_track
from musicai.library_file import LibraryFile
from musicai.training.loading.parallel import Report
from musicai.training.picture_sets.picture_set import PictureSet, SetReport, refuse_nested
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.example import Example
from musicai.training.sources.folders import AudioFolder


def draw_set(
    source: AudioFolder,
    out: Path,
    drawn_by: DrawnBy,
    *,
    max_duration_s: float,
    force: bool = False,
    report: Report | None = None,
) -> SetReport:
    """Draw the spectrogram of every track; the middle excerpt stands for a track that has several.

    Raises
    ------
    DatasetError: there is no class, or one is empty; `out` has other settings or cannot be written.
    ModelError: the front end's settings do not fit one another.
    """
    refuse_nested(source.root, out)
    settings = {"kind": "drawn", **drawn_by.to_json()}

    def draw(example: Example) -> tuple[Image.Image, str | None]:
        return _draw(example.place, drawn_by, max_duration_s)

    return PictureSet(out, settings, drawn_by).make(source.examples(), draw, force=force, report=report)


def _draw(file: Path | LibraryFile, drawn_by: DrawnBy, max_duration_s: float) -> tuple[Image.Image, str]:
    front_end = drawn_by.front_end
    with open_track(file, max_duration_s=max_duration_s) as track:
        excerpts = [excerpt.y for excerpt in track.excerpts(front_end.sample_rate, front_end.excerpt_s)]
        spectrogram = compute(np.asarray(excerpts[len(excerpts) // 2]), front_end)
        image = picture(repeated(spectrogram, front_end), drawn_by.size, drawn_by.colormap)
        return image.convert("L") if drawn_by.colormap == "grey" else image, track.audio_hash()
