"""Mean and deviation of the channels of a folder of pictures, as the report takes them off and divides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicai.errors import DatasetError
from musicai.training.channel_levels import ChannelLevels
from musicai.training.loading.parallel import Report
from musicai.training.loading.picture_file import opened_picture
from musicai.training.sources.class_folder import list_classes
from musicai.training.sources.folders import is_picture, picture_example


@dataclass(frozen=True)
class PictureStatistics:
    """Of all pixels of all pictures.

    Parameters
    ----------
    mean, std: of red, green and blue, levels 0..1.
    pictures: how many there are.
    size: their width and height in pixels.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    pictures: int
    size: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "mean": list(self.mean),
            "std": list(self.std),
            "pictures": self.pictures,
            "size": list(self.size),
        }


def picture_statistics(folder: Path, report: Report | None = None) -> PictureStatistics:
    """Measure a folder by class, one picture at a time.

    Raises
    ------
    DatasetError: there is no picture, one cannot be read, or they differ in size.
    """
    examples = list_classes(folder, is_picture, picture_example).examples
    if not examples:
        raise DatasetError(f"{folder} has no pictures: GENRE/FILE is wanted")
    levels, first = ChannelLevels(), (0, 0)
    for number, example in enumerate(examples, 1):
        try:
            with opened_picture(example.file) as image:
                pixels = np.asarray(image.convert("RGB"))
        except DatasetError as err:
            raise DatasetError(f"{example.file}: {err}") from err
        size = (pixels.shape[1], pixels.shape[0])
        first = size if number == 1 else first
        if size != first:
            raise DatasetError(
                f"{example.file} is {size[0]} x {size[1]} pixels and the first picture {first[0]} x"
                f" {first[1]}: bring them to one size with `musicai dataset transform`"
            )
        levels.add(pixels.transpose(2, 0, 1))
        if report is not None:
            report(number, len(examples))
    return PictureStatistics(levels.mean, levels.std, len(examples), first)
