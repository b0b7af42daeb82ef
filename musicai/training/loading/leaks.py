"""Look for leaks between sides that were loaded: by audio hash, by sound, by artist."""

from collections.abc import Mapping

import numpy as np

from musicai.training.loading.load import Loaded
from musicai.training.split.leaks import LeakReport, find_leaks
from musicai.training.split.likeness import alike, fingerprints


def look_for_leaks(sides: Mapping[str, Loaded]) -> LeakReport:
    """Report what stands on two sides; rows must be of one front end."""
    filled = {side: loaded for side, loaded in sides.items() if len(loaded.data)}
    prints = np.concatenate([fingerprints(loaded.data.spectrograms) for loaded in filled.values()])
    names = [name for loaded in filled.values() for name in loaded.data.ids]
    where = [side for side, loaded in filled.items() for _ in loaded.data.ids]
    pairs = alike(prints, names, where)
    examples = {side: loaded.examples for side, loaded in sides.items()}
    return find_leaks(examples, pairs, fingerprinted=len(set(names)))
