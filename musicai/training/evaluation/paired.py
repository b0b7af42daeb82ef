"""Two models on the same held-out tracks: which is better, and whether that may be chance."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musicai.training.evaluation.figures import Figure
from musicai.training.evaluation.held_out import HeldOut, aligned
from musicai.training.evaluation.resampling import RESAMPLES, resampled_sums
from musicai.training.metrics import BINS, bin_of, losses

_ROWS, _RIGHT, _LOSS, _GAPS = 0, slice(1, 3), slice(3, 5), 5


@dataclass(frozen=True)
class Comparison:
    """The first model (a) against the second (b), on the tracks that both held out.

    Parameters
    ----------
    tracks: how many tracks were compared.
    left_out: tracks of either list that were not: only one list has them, or one model lacks their genre.
    accuracy_a, accuracy_b: share of right guesses.
    only_a_right, only_b_right: tracks that one model alone got right; all that McNemar's test looks at.
    difference: accuracy of a less that of b.
    mcnemar_p: probability of so unequal counts, either way, if both models were equally good.
    mcnemar_p_better: the same for counts so much in favour of a.
    bootstrap_p_better: share of resampled lists on which a is not better.
    calibration_error: expected calibration error of a less that of b.
    calibration_error_low: what the difference exceeds with 95 % certainty.
    log_loss: of a less that of b, in nats.
    log_loss_low: what the difference exceeds with 95 % certainty.
    """

    tracks: int
    left_out: int
    accuracy_a: float
    accuracy_b: float
    only_a_right: int
    only_b_right: int
    difference: Figure
    mcnemar_p: float
    mcnemar_p_better: float
    bootstrap_p_better: float
    calibration_error: Figure
    calibration_error_low: float
    log_loss: Figure
    log_loss_low: float

    @property
    def better(self) -> str:
        """'a' or 'b', whichever has more right; '' when both have as many."""
        return "a" if self.difference.value > 0 else "b" if self.difference.value < 0 else ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {**asdict(self), "better": self.better}


def mcnemar(
    right_a: NDArray[np.bool_], right_b: NDArray[np.bool_], *, alternative: str = "two-sided"
) -> float:
    """Return the p-value of McNemar's exact test of two models on the same tracks.

    Of the tracks that one model alone got right, half should be a's if both are equally good: a binomial
    test. `alternative` "greater" asks whether a is better; the default, whether they differ.
    """
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    if not only_a + only_b:
        return 1.0
    from scipy import stats  # noqa: PLC0415 -- half a second, which only a comparison needs

    return float(stats.binomtest(only_a, only_a + only_b, 0.5, alternative=alternative).pvalue)


def compare(a: HeldOut, b: HeldOut, *, resamples: int = RESAMPLES, seed: int = 0) -> Comparison:
    """Compare two models' held-out answers.

    Raises
    ------
    ConfigError: they have no track in common, or label one differently.
    """
    a, b, listed = *aligned(a, b), len(set(a.names) | set(b.names))
    columns = _columns(a, b)
    drawn = resampled_sums(columns, resamples, seed)
    whole = np.asarray(columns.sum(axis=0), dtype=np.float64)
    difference, by_chance = _accuracy(whole), _accuracy(drawn)
    error, errors = float(_error(whole)), _error(drawn)
    errors = errors - (errors.mean() - error)  # as `reliability.unbiased`: chance adds to either's error
    loss, some_losses = float(_log_loss(whole)), _log_loss(drawn)
    return Comparison(
        tracks=len(a),
        left_out=listed - len(a),
        accuracy_a=float(a.right.mean()),
        accuracy_b=float(b.right.mean()),
        only_a_right=int(np.sum(a.right & ~b.right)),
        only_b_right=int(np.sum(b.right & ~a.right)),
        difference=_figure(float(difference), by_chance),
        mcnemar_p=mcnemar(a.right, b.right),
        mcnemar_p_better=mcnemar(a.right, b.right, alternative="greater"),
        bootstrap_p_better=float((1 + np.sum(by_chance <= 0)) / (1 + resamples)),
        calibration_error=_figure(error, errors),
        calibration_error_low=float(np.percentile(errors, 5)),
        log_loss=_figure(loss, some_losses),
        log_loss_low=float(np.percentile(some_losses, 5)),
    )


def _columns(a: HeldOut, b: HeldOut) -> sparse.csr_array:
    """Return, per track: 1, right (a, b), loss (a, b), and the gap in each bin (a's bins, b's bins)."""
    both = (a, b)
    plain = [np.ones(len(a)), *(m.right for m in both), *(losses(m.probabilities, m.labels) for m in both)]
    return sparse.csr_array(np.column_stack([*plain, *map(_gaps, both)]))


def _gaps(answers: HeldOut) -> NDArray[np.float64]:
    confidence = answers.probabilities.max(axis=1).astype(np.float64)
    gaps = np.zeros((len(answers), BINS))
    gaps[np.arange(len(answers)), bin_of(confidence)] = confidence - answers.right
    return gaps


def _less(part: slice) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def difference(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        of_a, of_b = np.moveaxis(sums[..., part], -1, 0)
        return np.asarray((of_a - of_b) / sums[..., _ROWS])

    return difference


_accuracy, _log_loss = _less(_RIGHT), _less(_LOSS)


def _error(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    gaps = np.abs(sums[..., _GAPS:])
    difference = gaps[..., :BINS].sum(axis=-1) - gaps[..., BINS:].sum(axis=-1)
    return np.asarray(difference / sums[..., _ROWS])


def _figure(value: float, drawn: NDArray[np.float64]) -> Figure:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(value, float(low), float(high))
