"""What a threshold of "unknown" gives: how many tracks get an answer, and how many of these are right."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musicai.training.evaluation.figures import Figure
from musicai.training.evaluation.held_out import HeldOut
from musicai.training.evaluation.resampling import RESAMPLES, interval, resampled_sums


def at_threshold(answers: HeldOut, threshold: float, seed: int = 0) -> tuple[Figure, Figure]:
    """Return precision and coverage of the answers at or above a threshold."""
    kept = answers.probabilities.max(axis=1) >= threshold
    return precision_and_coverage(kept, kept & answers.right, np.arange(len(answers)), seed)


def precision_and_coverage(
    kept: NDArray[np.generic], right: NDArray[np.generic], places: NDArray[np.int64], seed: int = 0
) -> tuple[Figure, Figure]:
    """Return both figures with their intervals, by the bootstrap over tracks.

    Parameters
    ----------
    kept: whether each row gets an answer, or in which share of trials, shape (rows,).
    right: whether it gets a right one, shape (rows,).
    places: number of each row's track, counted from 0 without gaps.
    """
    rows = np.arange(len(places))
    of_track = sparse.csr_array((np.ones(len(rows)), (places, rows)))
    columns = np.column_stack([kept, right, np.ones(len(rows))]).astype(np.float64)
    drawn = resampled_sums(sparse.csr_array(of_track @ columns), RESAMPLES, seed)
    low, high = interval(drawn[:, 1] / np.where(drawn[:, 0] > 0, drawn[:, 0], np.nan))
    least, most = interval(drawn[:, 0] / drawn[:, 2])
    all_kept, all_right = columns[:, 0].sum(), columns[:, 1].sum()
    precision = all_right / all_kept if all_kept else 0.0
    return (
        Figure(float(precision), float(low), float(high)),
        Figure(float(all_kept / len(rows)), float(least), float(most)),
    )
