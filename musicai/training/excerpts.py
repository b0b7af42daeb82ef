"""Logits or scores of excerpts, and which track each is of."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musicai.errors import ConfigError


@dataclass(frozen=True)
class RowsOfTracks:
    """Excerpts in rows.

    Parameters
    ----------
    logits: shape (rows, genres); or scores.
    labels: of the tracks, shape (tracks,).
    mean: shape (tracks, rows), what each row counts in the mean of its track.
    """

    logits: NDArray[np.floating]
    labels: NDArray[np.int64]
    mean: sparse.csr_array

    def of_tracks(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean over each track's rows, shape (tracks, genres)."""
        means: NDArray[np.float64] = self.mean @ scores
        return means

    def take(self, tracks: NDArray[np.int64]) -> tuple["RowsOfTracks", NDArray[np.int64]]:
        """Return some tracks with their rows, and the places of these."""
        some = self.mean[tracks]
        places = np.unique(some.indices)
        return RowsOfTracks(self.logits[places], self.labels[tracks], some[:, places]), places


def rows_of_tracks(
    logits: NDArray[np.floating], labels: NDArray[np.int64], tracks: Sequence[Hashable] | None
) -> RowsOfTracks:
    """Put rows together by track; without `tracks` each row is one.

    Raises
    ------
    ConfigError: a track has rows of two genres.
    """
    rows = np.arange(len(labels))
    places = rows if tracks is None else np.unique(np.asarray(tracks), return_inverse=True)[1]
    sizes = np.bincount(places)
    mean = sparse.csr_array((1 / sizes[places], (places, rows)), shape=(len(sizes), len(rows)))
    of_tracks = np.zeros(len(sizes), dtype=np.int64)
    of_tracks[places] = labels
    if np.any(of_tracks[places] != labels):
        raise ConfigError("a track has excerpts with two different genres; give each track one label")
    return RowsOfTracks(logits, of_tracks, mean)
