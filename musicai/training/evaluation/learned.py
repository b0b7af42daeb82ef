"""Which of some tracks a model has learned from, as far as the split beside it says."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from musicai.models.side_car import SideCar
from musicai.training.command import SPLIT_FILE
from musicai.training.split import read_split_file
from musicai.training.split.split import is_split_file


def data_of(data: Mapping[str, Any]) -> str:
    """Return what `data` of a side-car says was learned from: the set and the sides of its split, or ""."""
    parts = [data.get("set", ""), *data.get("weights_trained_on", ())]
    return ", ".join(filter(None, map(str, parts)))


def told(side_car: SideCar) -> str:
    """Say what a model has learned from, as a predicate."""
    data = data_of(side_car.data)
    return f"has learned from {data}" if data else "does not say what it has learned from"


def learned_from(folder: Path, side_car: SideCar, names: Iterable[str]) -> int | None:
    """Return how many of the tracks a model has learned from; None when nothing says so.

    Tracks are known by the names in the split that it was trained with.
    """
    if not (folder / SPLIT_FILE).is_file() or not is_split_file(folder / SPLIT_FILE):
        return None
    split = read_split_file(folder / SPLIT_FILE)
    sides = side_car.data.get("weights_trained_on", ["train"])
    learned = {name for side in sides for name in getattr(split, side, ())}
    return len(learned & set(names))
