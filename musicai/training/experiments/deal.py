"""Dealing out a folder's classes as the package ``split-folders`` does."""

import random
from collections.abc import Mapping, Sequence


def deal(
    classes: Mapping[str, Sequence[str]], ratios: Sequence[float], seed: int
) -> tuple[list[str], list[str], list[str]]:
    """Return the names for train, valid and test, each sorted."""
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for _, names in sorted(classes.items()):
        files = sorted(names)
        random.Random(seed).shuffle(files)
        first = int(ratios[0] * len(files))
        second = first + int(ratios[1] * len(files))
        for side, part in zip(sides, (files[:first], files[first:second], files[second:]), strict=True):
            side.extend(part)
    for side in sides:
        side.sort()
    return sides
