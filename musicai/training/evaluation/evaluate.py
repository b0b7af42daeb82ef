"""From scores and labels to an evaluation."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ConfigError, ModelError
from musicai.training.evaluation.columns import Array, Sums, additions, split
from musicai.training.evaluation.doubts import doubts
from musicai.training.evaluation.figures import Confusion, Evaluation, Figure, GenreFigures, Level
from musicai.training.evaluation.reliability import reliability
from musicai.training.evaluation.resampling import RESAMPLES, interval, resampled_sums
from musicai.training.excerpts import rows_of_tracks


def evaluate(
    scores: NDArray[np.floating],
    labels: NDArray[np.int64],
    tracks: Sequence[Hashable],
    genres: Sequence[str],
    *,
    leaks: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Measure answers against labels, at the level of excerpts and of tracks.

    Parameters
    ----------
    scores: calibrated probabilities of excerpts, shape (rows, genres), rows sum to 1 at most.
    labels: index into `genres` of each excerpt, shape (rows,).
    tracks: which track each excerpt is of, by name or number, shape (rows,).
    genres: in the order of the scores.
    leaks: what a leak detector found, in sentences; they become warnings.
    resamples, seed: of the bootstrap. It draws tracks, for the excerpts of one are much alike.

    Raises
    ------
    ModelError: scores that are no probabilities, as a network gives whose training diverged.
    ConfigError: nothing to measure, or a track with excerpts of two genres.
    """
    check_rows(scores, labels, tracks, genres)
    _, places = np.unique(np.asarray(tracks), return_inverse=True)
    excerpts = _level(scores, labels, places, genres, resamples=resamples, seed=seed)
    means, of_tracks = track_means(scores, labels, places)
    alone = len(of_tracks) == len(labels)
    numbers = np.arange(len(of_tracks))
    whole = excerpts if alone else _level(means, of_tracks, numbers, genres, resamples=resamples, seed=seed)
    warnings = doubts(whole, excerpts, leaks)
    return Evaluation(tuple(genres), excerpts, whole, resamples, seed, warnings)


def track_means(
    scores: NDArray[np.floating], labels: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[Array, NDArray[np.int64]]:
    """Return the mean scores (tracks, genres) and the label (tracks,) of each track.

    Parameters
    ----------
    places: number of each row's track, counted from 0 without gaps.
    """
    rows = rows_of_tracks(scores, labels, places.tolist())
    return rows.of_tracks(scores), rows.labels


def check_rows(
    scores: NDArray[np.floating],
    labels: NDArray[np.int64],
    tracks: Sequence[Hashable],
    genres: Sequence[str],
) -> None:
    """Refuse rows that do not fit together; see `evaluate`."""
    if not len(labels):
        raise ConfigError("there is nothing to evaluate: the list holds no track")
    if scores.shape != (len(labels), len(genres)) or len(tracks) != len(labels):
        raise ValueError(f"scores {scores.shape}, {len(labels)} labels, {len(tracks)}, {len(genres)}")
    if labels.min() < 0 or labels.max() >= len(genres):
        raise ValueError(f"labels must be 0..{len(genres) - 1}")
    # less than 1 is fair: what an imported model of many labels leaves over fits none of them
    if not np.isfinite(scores).all() or scores.min() < 0 or scores.sum(axis=1).max() > 1 + 1e-3:
        raise ModelError("the model's scores are no probabilities; its training may have diverged")


def _level(
    scores: NDArray[np.floating],
    labels: NDArray[np.int64],
    places: NDArray[np.int64],
    genres: Sequence[str],
    *,
    resamples: int,
    seed: int,
) -> Level:
    per_track, cells = additions(scores, labels, places)
    whole = split(np.asarray(per_track.sum(axis=0), dtype=np.float64), len(genres))
    drawn = split(resampled_sums(per_track, resamples, seed), len(genres))
    return Level(
        count=len(labels),
        accuracy=_figure(whole.right / whole.rows, drawn.right / drawn.rows),
        top_3=_figure(whole.top / whole.rows, drawn.top / drawn.rows),
        macro_f1=_figure(_macro(whole, whole), _macro(drawn, whole)),
        log_loss=_figure(whole.loss / whole.rows, drawn.loss / drawn.rows),
        per_genre=_per_genre(whole, drawn, genres),
        confusion=_confusion(whole, drawn, cells),
        reliability=reliability(scores, labels, drawn.calibration_error(), seed),
    )


def _figure(value: Array, drawn: Array) -> Figure:
    low, high = interval(drawn)
    return Figure(float(np.nan_to_num(value)), float(low), float(high))


def _macro(sums: Sums, whole: Sums) -> Array:
    mean: Array = np.nanmean(sums.f1()[..., whole.labels > 0], axis=-1)
    return mean


def _per_genre(whole: Sums, drawn: Sums, genres: Sequence[str]) -> dict[str, GenreFigures]:
    pairs = [
        (whole.precision(), drawn.precision()),
        (whole.recall(), drawn.recall()),
        (whole.f1(), drawn.f1()),
    ]
    figures = {}
    for k, genre in enumerate(genres):
        precision, recall, f1 = (_figure(value[k], many[:, k]) for value, many in pairs)
        support, answers = int(whole.labels[k]), int(whole.answers[k])
        figures[genre] = GenreFigures(precision, recall, f1, support, answers)
    return figures


def _confusion(whole: Sums, drawn: Sums, cells: NDArray[np.int64]) -> Confusion:
    genres = len(whole.labels)
    counts = np.zeros((3, genres * genres))
    counts[0, cells] = whole.cells
    present = drawn.labels[:, cells // genres]
    shares = np.divide(drawn.cells, present, where=present > 0, out=np.full_like(drawn.cells, np.nan))
    counts[1:, cells] = interval(shares)
    matrices = counts.reshape(3, genres, genres)
    return Confusion(
        tuple(tuple(int(n) for n in row) for row in matrices[0]),
        tuple(tuple(map(float, row)) for row in matrices[1]),
        tuple(tuple(map(float, row)) for row in matrices[2]),
    )
