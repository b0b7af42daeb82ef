import random
from pathlib import Path

import pytest

from musicai.errors import DatasetError
from musicai.training.sources import Example
from musicai.training.sources.example import counts
from musicai.training.split import SIDES, fold_splits, group_split
from musicai.training.split.groups import group_key


def collection(seed: int = 0) -> list[Example]:
    """Three genres of unequal size, artists of unequal diligence, two of whom play two genres."""
    draw = random.Random(seed)
    examples = []
    for genre, size in (("folk", 60), ("jazz", 200), ("pop", 120)):
        for number in range(size):
            who = f"{genre} artist {min(int(draw.expovariate(0.08)), 39)}"
            who = "The Both" if number % 40 == 0 else who
            examples.append(Example(f"{genre}/{number:03}", genre, Path("x.flac"), artist=who))
    return examples


@pytest.mark.parametrize("seed", [1337, 1])
def test_no_artist_is_torn_apart_and_every_genre_comes_near_the_ratios(seed):
    examples = collection()
    split = group_split(examples, "artist", seed=seed)
    sides = split.divide(examples)
    key = group_key("artist")
    groups = [{key(example) for example in sides[side]} for side in SIDES]
    assert sum(map(len, groups)) == len(set.union(*groups))
    for genre, total in counts(examples).items():
        shares = [counts(sides[side]).get(genre, 0) / total for side in SIDES]
        assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.05), genre
    assert group_split(list(reversed(examples)), "artist", seed=seed) == split


def test_spellings_of_an_artist_are_one_and_nobody_is_alone():
    examples = [
        Example("a/1", "a", Path("x"), artist="Nina  Simone"),
        Example("a/2", "a", Path("x"), artist="nina simone "),
        Example("a/3", "a", Path("x")),
        Example("a/4", "a", Path("x")),
    ]
    keys = list(map(group_key("artist"), examples))
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_every_genre_with_enough_groups_stands_on_every_side():
    """Four artists with three tracks each are too coarse for 0.8/0.1/0.1, and still are held out."""
    examples = [
        Example(f"{genre}/{n:02}", genre, Path("x"), group=f"{genre} {n % 4}")
        for genre in "abc"
        for n in range(12)
    ]
    examples += [Example(f"d/{n}", "d", Path("x"), group=f"d {n % 2}") for n in range(6)]
    sides = group_split(examples, "group").divide(examples)
    held_out = [counts(sides[side]) for side in ("valid", "test")]
    assert [[genre for genre in "abc" if genre in side] for side in held_out] == [list("abc")] * 2
    assert counts(sides["train"])["d"] >= 3
    groups = [{example.group for example in sides[side]} for side in SIDES]
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_without_artists_there_is_nothing_to_split_by():
    examples = [Example(f"{g}/{n}", g, Path("x")) for g in "ab" for n in range(30)]
    with pytest.raises(DatasetError, match="no example has an artist"):
        group_split(examples, "artist")


def test_folds_share_nothing_and_leave_nothing_out():
    examples = collection()
    folds = fold_splits(examples, 5, "artist")
    assert sorted(name for fold in folds for name in fold.valid) == sorted(e.name for e in examples)
    for fold in folds:
        assert len(fold.train) + len(fold.valid) == len(examples)
        assert 60 <= len(fold.valid) <= 92
    with pytest.raises(DatasetError, match="1 folds cannot be made"):
        fold_splits(examples, 1)
