"""All figures of a level are made of sums over rows: what each row adds, and the figures of such sums.

So one product of matrices gives them all, for the list as it is and for every resample of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musicai.training.metrics import BINS, among_highest, bin_of, losses

Array = NDArray[np.float64]
TOP = 3
_PLAIN = 4


@dataclass(frozen=True)
class Sums:
    """Sums over rows, with any axes before the last, which is the one of genres, bins or cells.

    Parameters
    ----------
    rows, right, top, loss: how many rows, right ones, right among the first three; nats.
    hits, labels, answers: per genre: right answers, rows of the genre, answers that name it.
    gaps: per bin of confidence: confidence less right answers.
    cells: per cell of the confusion matrix that is not empty.
    """

    rows: Array
    right: Array
    top: Array
    loss: Array
    hits: Array
    labels: Array
    answers: Array
    gaps: Array
    cells: Array

    def precision(self) -> Array:
        """Per genre; not a number where nothing is answered with it."""
        return _share(self.hits, self.answers)

    def recall(self) -> Array:
        """Per genre; not a number where it has no rows."""
        return _share(self.hits, self.labels)

    def f1(self) -> Array:
        """Per genre; not a number where it has neither rows nor answers."""
        return _share(2 * self.hits, self.labels + self.answers)

    def calibration_error(self) -> Array:
        """Return the expected calibration error."""
        error: Array = np.abs(self.gaps).sum(axis=-1) / self.rows
        return error


def additions(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], tracks: NDArray[np.int64]
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Return what each track adds to the columns, and the cells (label * genres + answer) among them.

    Parameters
    ----------
    probabilities: shape (rows, genres).
    labels: shape (rows,).
    tracks: shape (rows,), the track of each row, counted from 0.

    Returns
    -------
    matrix of shape (tracks, columns), and the flat places of the cells in ascending order.
    """
    genres = probabilities.shape[1]
    answers = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    right = answers == labels
    cells, cell = np.unique(labels * genres + answers, return_inverse=True)
    everything = np.zeros(len(labels), dtype=np.int64)
    parts = [
        _spread(np.ones(len(labels)), everything, tracks, 1),
        _spread(right, everything, tracks, 1),
        _spread(among_highest(probabilities, labels, TOP), everything, tracks, 1),
        _spread(losses(probabilities, labels), everything, tracks, 1),
        _spread(right, labels, tracks, genres),
        _spread(np.ones(len(labels)), labels, tracks, genres),
        _spread(np.ones(len(labels)), answers, tracks, genres),
        _spread(confidence - right, bin_of(confidence), tracks, BINS),
        _spread(np.ones(len(labels)), cell, tracks, len(cells)),
    ]
    return sparse.hstack(parts, format="csr"), cells


def split(sums: Array, genres: int) -> Sums:
    """Name the columns of `additions`, summed; shape (..., columns)."""
    ends = np.cumsum([genres, genres, genres, BINS]) + _PLAIN
    plain = [sums[..., k] for k in range(_PLAIN)]
    return Sums(*plain, *np.split(sums[..., _PLAIN:], ends - _PLAIN, axis=-1))


def _spread(
    values: NDArray[np.generic], column: NDArray[np.int64], tracks: NDArray[np.int64], columns: int
) -> sparse.csr_array:
    """Put each row's value into one column of its track; several rows of a track add up."""
    shape = (int(tracks.max()) + 1, columns)
    return sparse.csr_array((values.astype(np.float64), (tracks, column)), shape=shape)


def _share(part: Array, whole: Array) -> Array:
    none = whole == 0
    share: Array = np.where(none, np.nan, part / np.where(none, 1, whole))
    return share
