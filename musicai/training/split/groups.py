"""A split that tears no group apart: no artist, no album on two sides."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, check_trainable, counts
from musicai.training.split.ratios import RATIOS, SEED, check_filled, check_ratios
from musicai.training.split.split import Split

By = Literal["artist", "group"]
"""What is kept together."""

_Counts = list[Counter[str]]
"""Examples of each genre, by side."""
_ROUNDS = 20
"""Most passes over all groups that improve the first choice; few are needed."""


def group_key(by: By) -> Callable[[Example], str]:
    """Return what tells the group of an example; one without artist or group is a group of its own."""

    def key(example: Example) -> str:
        value = example.artist if by == "artist" else example.group
        return f"={' '.join(value.casefold().split())}" if value and value.strip() else f"/{example.name}"

    return key


def group_split(
    examples: Sequence[Example], by: By, ratios: Sequence[float] = RATIOS, seed: int = SEED
) -> Split:
    """Divide whole groups so that every genre comes as near to the ratios as they allow.

    Large groups are placed first, each where its genres lack most; then groups move as long as that
    brings the shares nearer. A side that lacks a genre gets its smallest group from one that has several:
    what was never held out was never measured. The same examples and seed give the same split.

    Raises
    ------
    DatasetError: nothing says which group any example belongs to; and see `ratio_split`.
    """
    check_ratios(ratios)
    check_trainable(examples)
    groups = _groups(examples, by, seed)
    if all(key.startswith("/") for key in groups):
        raise DatasetError(f"no example has {'an artist' if by == 'artist' else 'a group'} to split by")
    sides = _spread(groups, _placed(groups, _targets(examples, ratios)), ratios)
    dealt: list[list[str]] = [[] for _ in ratios]
    for key, members in groups.items():
        dealt[sides[key]].extend(example.name for example in members)
    split = Split.of(dealt, made_by=by, ratios=list(ratios), seed=seed)
    check_filled(split, ratios)
    return split


def fold_splits(
    examples: Sequence[Example], folds: int, by: By | None = None, seed: int = SEED
) -> tuple[Split, ...]:
    """Return one split per fold: it is the side valid there, and all the others are train.

    Parameters
    ----------
    by: what is kept together; None takes every example by itself.

    Raises
    ------
    DatasetError: fewer than two folds, or more than there are groups; and see `check_trainable`.
    """
    check_trainable(examples)
    groups = _groups(examples, by, seed)
    if not 2 <= folds <= len(groups):
        raise DatasetError(f"{folds} folds cannot be made: at least 2, at most {len(groups)} are possible")
    sides = _placed(groups, _targets(examples, [1 / folds] * folds))
    splits = []
    for fold in range(folds):
        valid = [e.name for key, members in groups.items() if sides[key] == fold for e in members]
        train = [e.name for key, members in groups.items() if sides[key] != fold for e in members]
        splits.append(
            Split.of((train, valid), made_by=by or "folds", fold=fold + 1, folds=folds, seed=seed)
        )
    return tuple(splits)


def _groups(examples: Sequence[Example], by: By | None, seed: int) -> dict[str, list[Example]]:
    """Return the groups, the largest first and those of one size shuffled."""
    key = group_key(by) if by else lambda example: f"/{example.name}"
    groups: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda example: example.name):
        groups.setdefault(key(example), []).append(example)
    order = list(groups)
    random.Random(seed).shuffle(order)
    return {key: groups[key] for key in sorted(order, key=lambda key: -len(groups[key]))}


def _targets(examples: Sequence[Example], ratios: Sequence[float]) -> list[dict[str, float]]:
    return [{genre: ratio * count for genre, count in counts(examples).items()} for ratio in ratios]


def _placed(
    groups: Mapping[str, Sequence[Example]], targets: Sequence[Mapping[str, float]]
) -> dict[str, int]:
    """Return the side of each group."""
    filled: _Counts = [Counter() for _ in targets]
    genres = {key: Counter(example.genre for example in members) for key, members in groups.items()}
    sides: dict[str, int] = {}
    for _ in range(_ROUNDS):
        before = dict(sides)
        for key, members in genres.items():
            if key in sides:
                filled[sides[key]] -= members
            sides[key] = min(range(len(targets)), key=lambda side: _excess(filled, targets, members, side))
            filled[sides[key]] += members
        if sides == before:
            break
    return sides


def _spread(
    groups: Mapping[str, Sequence[Example]], sides: Mapping[str, int], ratios: Sequence[float]
) -> dict[str, int]:
    """Return the sides after every genre that has enough groups was given one on each wanted side."""
    spread = dict(sides)
    genres = {key: {example.genre for example in members} for key, members in groups.items()}
    having = Counter((genre, spread[key]) for key in groups for genre in genres[key])
    for genre in sorted(set().union(*genres.values())):
        for side in (side for side, ratio in enumerate(ratios) if ratio > 0 and not having[genre, side]):
            able = [
                key
                for key in groups
                if genre in genres[key] and all(having[other, spread[key]] > 1 for other in genres[key])
            ]
            if able:
                moved = min(able, key=lambda key: len(groups[key]))
                having.subtract((other, spread[moved]) for other in genres[moved])
                spread[moved] = side
                having.update((other, side) for other in genres[moved])
    return spread


def _excess(
    filled: _Counts, targets: Sequence[Mapping[str, float]], members: Counter[str], side: int
) -> tuple[float, int]:
    """Return how much further from its shares a side gets by taking a group, relative to the shares."""
    worse = 0.0
    for genre, count in members.items():
        gap = filled[side][genre] - targets[side][genre]
        worse += ((gap + count) ** 2 - gap**2) / max(targets[side][genre], 1e-9)
    return worse, side
