"""Which examples of a source are evaluated, and which stand on the other sides of the split."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from musicai.errors import ConfigError, DatasetError
from musicai.training.sources import Example, Source
from musicai.training.split import SIDES, list_split, manifest_split, read_split_file
from musicai.training.split.split import is_split_file

_USUAL = "test"


@dataclass(frozen=True)
class Chosen:
    """Examples to evaluate.

    Parameters
    ----------
    examples: those that the model is asked for.
    side: of the split that they stand on; None when there is no split.
    others: examples on its other sides.
    split_sha256: digest of the split, or of the names of a list; empty when everything is evaluated.
    list_sha256: digest of the bytes of a list, by which models know what they have learned from.
    """

    examples: tuple[Example, ...]
    side: str | None = None
    others: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)
    split_sha256: str = ""
    list_sha256: str = ""


def choose(source: Source, split: str, side: str) -> Chosen:
    """Choose by a split file, by a list of names, or by what a manifest says; or else everything.

    Parameters
    ----------
    side: empty: the side test, where there are sides.

    Raises
    ------
    ConfigError: a side is asked for where nothing has sides.
    DatasetError: the file cannot be read, names what the source lacks, or has nothing on that side.
    """
    examples = source.examples()
    file = Path(split).expanduser()
    if split and not is_split_file(file):
        if side:
            raise ConfigError(f"{file} is a list of names and has no sides: leave --side {side} out")
        listed = list_split(examples, {"train": file})  # a list has no sides: any will do
        wanted = set(listed.train)
        return Chosen(
            tuple(example for example in examples if example.name in wanted),
            split_sha256=listed.digest,
            list_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
    if split:
        divided = read_split_file(file)
        return _of(divided.divide(examples), side or _USUAL, split, divided.digest)
    by_name = source.sides()
    if by_name:
        sides = {one: tuple(e for e in examples if by_name.get(e.name) == one) for one in SIDES}
        # a manifest of held-out tracks alone is no split
        said = manifest_split(source) if sides["train"] else None
        return _of(sides, side or _USUAL, str(source), said.digest if said else "")
    if side:
        raise ConfigError(f"--side needs --split: {source} does not say which track stands on which side")
    return Chosen(examples)


def _of(sides: Mapping[str, tuple[Example, ...]], side: str, where: str, digest: str) -> Chosen:
    if not sides[side]:
        found = ", ".join(f"{len(part)} {name}" for name, part in sides.items() if part)
        raise DatasetError(f"{where} has nothing on the side {side}; it has {found}")
    others = {name: part for name, part in sides.items() if name != side and part}
    return Chosen(sides[side], side, others, digest)
