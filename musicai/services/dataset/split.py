"""Dividing a source."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.front_end import FrontEnd
from musicai.services.dataset.opened import opened
from musicai.training.sources import Example, Source
from musicai.training.sources.example import counts
from musicai.training.sources.source import digest
from musicai.training.split import (
    Split,
    find_leaks,
    fold_splits,
    group_split,
    list_split,
    ratio_split,
)
from musicai.training.split.groups import By
from musicai.training.split.ratios import RATIOS, SEED
from musicai.training.split_plan import SplitPlan


@dataclass(frozen=True)
class SplitOptions:
    """How to divide: by lists where there are any, into folds, by what stays together, or else by ratios.

    Parameters
    ----------
    ratios: of train, valid and test; None does what training does by itself: the sides that a manifest
        names, groups together where the source knows some, or else 0.8/0.1/0.1.
    seed: of the shuffle; None: 1337, that of split-folders.
    by: what stays together: artist or group.
    lists: side -> file of names.
    folds: how many splits to make, each with another part as its side valid.
    """

    ratios: Sequence[float] | None = None
    seed: int | None = None
    by: By | None = None
    lists: Mapping[str, Path] = field(default_factory=dict)
    folds: int | None = None


@dataclass(frozen=True)
class SplitView:
    """A split that was written.

    Parameters
    ----------
    file: where it stands.
    digest: SHA-256 of who stands where.
    provenance: how it was made, and of which data.
    sides: side -> how many examples it has.
    genres: genre -> side -> how many examples it has.
    left_out: examples of the source that are on no side.
    artists_on_two_sides: artists in the tags of files on more than one side.
    """

    file: str
    digest: str
    provenance: dict[str, Any]
    sides: dict[str, int]
    genres: dict[str, dict[str, int]]
    left_out: int
    artists_on_two_sides: int

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


def make_splits(
    settings: Settings, text: str, out: Path, options: SplitOptions, front_end: FrontEnd | None = None
) -> list[SplitView]:
    """Write the split, or one per fold as ``NAME.1.txt``.

    Raises
    ------
    ConfigError, DatasetError: source or lists cannot be used, or the examples cannot be divided so.
    """
    source = opened(settings, text, front_end)
    examples = source.examples()
    data = digest(examples)
    splits = [
        replace(split, provenance={**split.provenance, "source": data})
        for split in _made(source, examples, options)
    ]
    names = [f"{out.stem}.{number}{out.suffix}" for number in range(1, len(splits) + 1)]
    files = [out.with_name(name) for name in names] if options.folds is not None else [out]
    for file, split in zip(files, splits, strict=True):
        split.write(file)
    return [_view(file, split, examples) for file, split in zip(files, splits, strict=True)]


def _view(file: Path, split: Split, examples: Sequence[Example]) -> SplitView:
    sides = split.divide(examples)
    per_side = {side: counts(part) for side, part in sides.items()}
    sizes = {side: len(part) for side, part in sides.items()}
    return SplitView(
        file=str(file),
        digest=split.digest,
        provenance=dict(split.provenance),
        sides=sizes,
        genres={
            genre: {side: found.get(genre, 0) for side, found in per_side.items()}
            for genre in counts(examples)
        },
        left_out=len(examples) - sum(sizes.values()),
        artists_on_two_sides=find_leaks(sides).counts["artist"],
    )


def _made(source: Source, examples: Sequence[Example], options: SplitOptions) -> Sequence[Split]:
    ratios = options.ratios or RATIOS
    seed = SEED if options.seed is None else options.seed
    if options.lists and (options.by or options.ratios or {options.folds, options.seed} != {None}):
        raise ConfigError("lists say who stands where; leave --ratio, --seed, --group and --folds out")
    if options.folds is not None:
        return fold_splits(examples, options.folds, options.by, seed)
    if options.lists:
        return [list_split(examples, options.lists)]
    if options.by:
        return [group_split(examples, options.by, ratios, seed)]
    if options.ratios:
        return [ratio_split(examples, ratios, seed)]
    split = SplitPlan(seed=seed).split(source, examples)
    if options.seed is not None and split.provenance.get("made_by") == "manifest":
        raise ConfigError(
            f"{source} says who stands where: leave --seed out, or deal out anew with --ratio"
        )
    return [split]
