"""Shares of every class, file for file as the package ``split-folders`` deals them."""

import random
from collections.abc import Iterator, Sequence

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, check_trainable, counts
from musicai.training.sources.sides import SIDES
from musicai.training.split.split import Split

RATIOS = (0.8, 0.1, 0.1)
SEED = 1337
"""The report's, which are the package's own."""


def ratio_split(examples: Sequence[Example], ratios: Sequence[float] = RATIOS, seed: int = SEED) -> Split:
    """Deal out every class by itself: what ``splitfolders.ratio`` does, whose "val" is the side valid.

    Parameters
    ----------
    examples: of at least two genres with at least two files each.
    ratios: shares of train and valid, and of test where there is one; what rounding leaves over
        goes to the last.
    seed: of the shuffle.

    Raises
    ------
    DatasetError: the ratios are none, or a side stays empty, or see `check_trainable`.
    """
    check_ratios(ratios)
    check_trainable(examples)
    dealt: list[list[str]] = [[] for _ in ratios]
    for genre in counts(examples):
        for side, part in zip(dealt, _deal(examples, genre, ratios, seed), strict=True):
            side.extend(part)
    split = Split.of(dealt, made_by="ratio", ratios=list(ratios), seed=seed)
    check_filled(split, ratios)
    return split


def _deal(
    examples: Sequence[Example], genre: str, ratios: Sequence[float], seed: int
) -> Iterator[list[str]]:
    # the package sorts paths, extensions included
    files = sorted(
        (e for e in examples if e.genre == genre), key=lambda e: (e.file.parent.parts, e.file.name)
    )
    names = [example.name for example in files]
    random.Random(seed).shuffle(names)
    at = 0
    for ratio in ratios[:-1]:
        yield names[at : at + int(ratio * len(names))]
        at += int(ratio * len(names))
    yield names[at:]


def check_ratios(ratios: Sequence[float]) -> None:
    """Refuse ratios that are not two or three shares that make 1; DatasetError."""
    if len(ratios) not in (2, 3) or min(ratios) < 0 or ratios[0] <= 0 or round(sum(ratios), 5) != 1:
        shown = "/".join(f"{ratio:g}" for ratio in ratios)
        raise DatasetError(f"the ratios {shown} must be two or three shares that make 1, as 0.8/0.1/0.1")


def check_filled(split: Split, ratios: Sequence[float]) -> None:
    """Refuse a split that leaves a wanted side empty; DatasetError."""
    for side, ratio in zip(SIDES, ratios, strict=False):
        if ratio > 0 and not split.names(side):
            raise DatasetError(
                f"so few examples leave the side {side} empty at a ratio of {ratio:g}; add files, or give"
                " other ratios"
            )
