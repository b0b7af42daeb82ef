"""The pictures of a data set, drawn once and dealt out to the sides of the split."""

from dataclasses import dataclass
from pathlib import Path

from musicai.errors import ConfigError
from musicai.training.dataset import Dataset, load_images
from musicai.training.experiments.file import ExperimentFile
from musicai.training.sources.opening import open_source
from musicai.training.sources.source import Source
from musicai.training.split import Split, ratio_split

SPLIT_FILE = "split.txt"


@dataclass(frozen=True)
class Sides:
    """The pictures by side of the split; `valid` is what the report calls test."""

    train: Dataset
    valid: Dataset
    test: Dataset
    split: Split


def prepare(file: ExperimentFile, data: str, out: Path) -> Sides:
    """List the examples of a source, deal them out, draw their pictures, and write the split down.

    Raises
    ------
    DatasetError: the source cannot be read, or a genre is empty or has too few files.
    """
    source = open_source(data)
    examples = source.examples()
    split = ratio_split(examples, file.ratios, file.split_seed)
    parts = split.divide(examples)
    genres = tuple(sorted({example.genre for example in parts["train"]}))
    sides = {side: _load(source, file, [e.name for e in part], genres) for side, part in parts.items()}
    split.write(out / SPLIT_FILE)
    return Sides(sides["train"], sides["valid"], sides["test"], split)


def _load(source: Source, file: ExperimentFile, names: list[str], genres: tuple[str, ...]) -> Dataset:
    if source.content != "spectrograms":
        raise ConfigError(f"{source}: experiments need a folder of grey spectrograms by class")
    return load_images(
        Path(source.location), [name.rsplit("/", 1)[-1] for name in names], file.front_end, genres
    )
