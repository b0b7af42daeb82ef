"""The pictures of a data set, drawn once and dealt out to the sides of the split."""

from dataclasses import dataclass
from pathlib import Path

from musicai.front_end import FrontEnd
from musicai.training.dataset import Dataset
from musicai.training.experiments.file import ExperimentFile
from musicai.training.loading.leaks import look_for_leaks
from musicai.training.loading.load import LoadOptions, load
from musicai.training.sources.example import counts
from musicai.training.sources.source import Source
from musicai.training.split import Split, ratio_split

SPLIT_FILE = "split.txt"


@dataclass(frozen=True)
class Sides:
    """The pictures by side of the split; `valid` is what the report calls test.

    Parameters
    ----------
    front_end: of all of them: the file's; where the data are pictures, the one that drew them.
    leaks: what stands on two sides, in sentences.
    unreadable: names of what was left out.
    """

    train: Dataset
    valid: Dataset
    test: Dataset
    split: Split
    front_end: FrontEnd
    leaks: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def prepare(file: ExperimentFile, source: Source, out: Path, options: LoadOptions | None = None) -> Sides:
    """List the examples of a source, deal them out, draw their pictures, and write the split down.

    Raises
    ------
    DatasetError: the source or a file cannot be read, or a genre is empty or has too few files.
    """
    examples = source.examples()
    split = ratio_split(examples, file.ratios, file.split_seed)
    parts = split.divide(examples)
    genres = tuple(counts(parts["train"]))
    front_end = _front_end(file, source)
    loaded = {side: load(source, part, front_end, genres, options) for side, part in parts.items()}
    split.write(out / SPLIT_FILE)
    train, valid, test = (loaded[side].data for side in ("train", "valid", "test"))
    unreadable = tuple(one.name for part in loaded.values() for one in part.unreadable)
    return Sides(train, valid, test, split, front_end, look_for_leaks(loaded).sentences, unreadable)


def _front_end(file: ExperimentFile, source: Source) -> FrontEnd:
    """Return what the networks see: pictures cannot be drawn again, so what drew them decides."""
    return file.front_end if source.drawn_by is None else source.drawn_by.seen_as(file.size)
