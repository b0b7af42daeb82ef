"""How a run's split is to be made. JSON, with the contents of files: trainers may have other disks."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musicai.errors import ConfigError
from musicai.training.sources import Example, Source
from musicai.training.split import (
    Split,
    group_split,
    list_split,
    manifest_split,
    ratio_split,
    read_split_file,
)
from musicai.training.split.ratios import RATIOS, SEED

Kind = Literal["auto", "ratio", "artist", "group", "lists", "file"]


@dataclass(frozen=True)
class SplitPlan:
    """A way to make a split.

    Parameters
    ----------
    kind: 'auto' takes the sides that a manifest names, keeps groups together where the source knows
        some, as the catalogue does, and else does what 'ratio' does, which deals every genre out;
        'artist' and 'group' tear nothing apart that belongs together; 'lists' takes names per side;
        'file' is a split that was written down.
    ratios, seed: of the first three.
    texts: contents of the lists by side, or of the split file as 'split'.
    """

    kind: Kind = "auto"
    ratios: tuple[float, ...] = RATIOS
    seed: int = SEED
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SplitPlan":
        """Read back what `dataclasses.asdict` gave."""
        return cls(**{**value, "ratios": tuple(value["ratios"])})

    @classmethod
    def of_files(cls, files: Mapping[str, Path]) -> "SplitPlan":
        """Return a plan of list files by side, or of one file under the name 'split'."""
        kind: Kind = "file" if "split" in files else "lists"
        return cls(kind, texts={name: _read(file) for name, file in files.items()})

    def split(self, source: Source, examples: Sequence[Example]) -> Split:
        """Make the split; DatasetError says what does not fit."""
        if self.kind == "auto" and (said := manifest_split(source)):
            return said
        if self.kind == "auto" and any(example.group for example in examples):
            return group_split(examples, "group", self.ratios, self.seed)
        if self.kind in ("auto", "ratio"):
            return ratio_split(examples, self.ratios, self.seed)
        if self.kind in ("artist", "group"):
            return group_split(examples, self.kind, self.ratios, self.seed)
        with tempfile.TemporaryDirectory(prefix="musicai-split-") as folder:
            files = _written(Path(folder), self.texts)
            return read_split_file(files["split"]) if self.kind == "file" else list_split(examples, files)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode(errors="surrogateescape")
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}") from err


def _written(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    files = {name: folder / name for name in texts}
    for name, text in texts.items():
        files[name].write_bytes(text.encode(errors="surrogateescape"))
    return files
