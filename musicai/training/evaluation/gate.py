"""The gate: whether a candidate may take the active model's place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from musicai.errors import ConfigError
from musicai.training.evaluation.doubts import listed
from musicai.training.evaluation.held_out import HeldOut
from musicai.training.evaluation.paired import Comparison, compare
from musicai.training.evaluation.resampling import RESAMPLES

TESTS = ("mcnemar", "bootstrap")
ALPHA = 0.05
TOLERANCE = 0.01
"""By how much the calibration error may grow, for it is the sum of many small chances."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says.

    Parameters
    ----------
    passed: whether the candidate may be promoted.
    reasons: why, or why not, in sentences; those against it first.
    comparison: the candidate (a) against the active model (b).
    test: 'mcnemar' or 'bootstrap'.
    alpha: largest p-value that counts as better.
    """

    passed: bool
    reasons: tuple[str, ...]
    comparison: Comparison
    test: str
    alpha: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "passed": self.passed,
            "reasons": list(self.reasons),
            "test": self.test,
            "alpha": self.alpha,
            "comparison": self.comparison.to_json(),
        }


def gate(
    candidate: HeldOut,
    active: HeldOut,
    *,
    test: str = "mcnemar",
    alpha: float = ALPHA,
    tolerance: float = TOLERANCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
    against: Sequence[str] = (),
    rival: str = "the active model",
) -> Verdict:
    """Decide whether a candidate is better than the active model, and its calibration no worse.

    Better: more right guesses on the tracks that both held out, and a one-sided p-value of the paired test
    of at most `alpha`. Calibration no worse: it cannot be said with 95 % certainty (one-sided, bootstrap)
    that the expected calibration error grew by more than `tolerance`, nor that the log loss grew at all.
    Only tracks of genres that both know can be compared: a candidate must know all of the active model's.

    Parameters
    ----------
    against: what forbids a promotion whatever the answers are, in sentences.
    rival: what the reasons call the active model, for any other may stand in its place.

    Raises
    ------
    ConfigError: a test that there is not, an alpha outside 0..1, or answers that cannot be compared.
    """
    if test not in TESTS:
        raise ConfigError(f"there is no test {test!r}; there are: {', '.join(TESTS)}")
    if not 0 < alpha < 1:
        raise ConfigError(f"alpha must lie between 0 and 1, not be {alpha!r}")
    comparison = compare(candidate, active, resamples=resamples, seed=seed)
    verdicts = [
        *((False, reason) for reason in (*against, *_forgotten(candidate, active, rival))),
        _accuracy(comparison, test, alpha, rival),
        *_calibration(comparison, tolerance),
    ]
    return Verdict(
        passed=all(passed for passed, _ in verdicts),
        reasons=tuple(reason for _, reason in sorted(verdicts, key=lambda verdict: verdict[0])),
        comparison=comparison,
        test=test,
        alpha=alpha,
    )


def _forgotten(candidate: HeldOut, active: HeldOut, rival: str) -> list[str]:
    """Say which genres would be answered no more, whatever they sound like."""
    lost = [genre for genre in active.genres if genre not in candidate.genres]
    return [f"it does not know {listed(lost)}, which {rival} knows"] if lost else []


def _accuracy(c: Comparison, test: str, alpha: float, rival: str) -> tuple[bool, str]:
    p = c.mcnemar_p_better if test == "mcnemar" else c.bootstrap_p_better
    figures = f"accuracy {c.accuracy_a:.3f} against {c.accuracy_b:.3f} on {c.tracks} tracks"
    if c.difference.value <= 0:
        return False, f"{figures}: no better than {rival}"
    chance = f"{c.only_a_right} tracks better, {c.only_b_right} worse, p = {p:.3g} ({test})"
    if p > alpha:
        return False, f"{figures} may be chance: {chance}, more than {alpha:g}"
    return True, f"{figures}: {chance}"


def _calibration(c: Comparison, tolerance: float) -> list[tuple[bool, str]]:
    error, loss = c.calibration_error, c.log_loss
    error_text = (
        f"calibration error {error.value:+.3f} (95 % interval {error.low:+.3f} to {error.high:+.3f})"
    )
    loss_text = f"log loss {loss.value:+.3f} (95 % interval {loss.low:+.3f} to {loss.high:+.3f})"
    error_fine, loss_fine = c.calibration_error_low <= tolerance, c.log_loss_low <= 0
    return [
        (error_fine, error_text + (": no worse" if error_fine else f": worse by more than {tolerance:g}")),
        (loss_fine, loss_text + (": no worse" if loss_fine else ": worse")),
    ]
