"""Holding a genre small in the training clips, so that it attracts less: the report's cure for "pop"."""

from collections.abc import Mapping, Sequence

import numpy as np

from musicai.errors import ConfigError
from musicai.training.dataset import Dataset


def limited(data: Dataset, limit: Mapping[str, int], seed: int) -> Dataset:
    """Keep at most so many tracks of the named genres, chosen by the seed; the order stays.

    Raises
    ------
    ConfigError: a genre is not among the data's.
    """
    check_limit(limit, data.genres)
    kept = np.ones(len(data), dtype=bool)
    random = np.random.default_rng(seed)
    for genre, most in sorted(limit.items()):
        rows = data.labels == data.genres.index(genre)
        tracks = np.unique(data.tracks[rows])
        if len(tracks) > most:
            chosen = random.choice(tracks, most, replace=False)
            kept &= ~rows | np.isin(data.tracks, chosen)
    return data.take(np.flatnonzero(kept))


def check_limit(limit: Mapping[str, int], genres: Sequence[str]) -> None:
    """Refuse to hold a genre small that the data have not; ConfigError."""
    if strangers := sorted(set(limit) - set(genres)):
        raise ConfigError(
            f"there is no genre {', '.join(strangers)} to limit; there are {', '.join(genres)}"
        )
