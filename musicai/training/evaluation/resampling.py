"""The bootstrap: tracks are drawn anew with replacement, a track with all its excerpts."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

RESAMPLES = 2000
_CHUNK_BYTES = 16_000_000


def resampled_sums(per_track: sparse.csr_array, resamples: int, seed: int) -> NDArray[np.float64]:
    """Sum over tracks that are drawn with replacement.

    Parameters
    ----------
    per_track: shape (tracks, columns), what each track adds to each column.

    Returns
    -------
    float64, shape (resamples, columns); as many tracks are drawn as there are.
    """
    columns = per_track.T.tocsr()
    drawn = _drawn(per_track.shape[0], resamples, np.random.default_rng(seed))
    return np.concatenate([np.asarray(columns @ times.T).T for times in drawn])


def _drawn(tracks: int, resamples: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield how often each track is drawn, in pieces of shape (some resamples, tracks)."""
    most = max(1, _CHUNK_BYTES // (8 * tracks))
    for first in range(0, resamples, most):
        size = min(most, resamples - first)
        picks = random.integers(0, tracks, (size, tracks)) + tracks * np.arange(size)[:, None]
        yield np.bincount(picks.ravel(), minlength=size * tracks).reshape(size, tracks)


def interval(values: NDArray[np.float64], outside: tuple[float, float] = (0.0, 1.0)) -> NDArray[np.float64]:
    """Return the 95 % percentile interval along the first axis, shape (2, ...).

    Resamples in which a figure is undefined (not a number) are left out; where it is defined in none,
    the interval is `outside`: nothing is known.
    """
    undefined = np.isnan(values).all(axis=0)
    filled = np.where(undefined, 0.0, values)
    bounds: NDArray[np.float64] = np.nanpercentile(filled, [2.5, 97.5], axis=0)
    bounds[0] = np.where(undefined, outside[0], bounds[0])
    bounds[1] = np.where(undefined, outside[1], bounds[1])
    return bounds
