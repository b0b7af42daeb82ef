"""Whether a candidate may take the active model's place: both answers to the same held-out tracks.

Answers are read from ``held_out.json`` beside each model. They are of tracks that neither the weights nor
the temperature behind them were fitted on, whatever the model's weights were trained on afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musicai.errors import ConfigError
from musicai.training.evaluation.gate import ALPHA, gate
from musicai.training.evaluation.held_out import FILE, HeldOut


@dataclass(frozen=True)
class Rules:
    """What the gate asks for.

    Parameters
    ----------
    test: 'mcnemar' or 'bootstrap'.
    alpha: largest p-value that counts as better.
    """

    test: str = "mcnemar"
    alpha: float = ALPHA


@dataclass(frozen=True)
class Judgement:
    """What the gate says about a candidate.

    Parameters
    ----------
    passed: whether it may be promoted.
    reasons: why, or why not, in sentences; those against it first.
    verdict: the paired test and the calibration as JSON; None when the models cannot be compared.
    """

    passed: bool
    reasons: tuple[str, ...]
    verdict: Mapping[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {"passed": self.passed, "reasons": list(self.reasons), "verdict": self.verdict}


def judge(
    candidate: HeldOut | None,
    active: HeldOut | None,
    rules: Rules,
    against: Sequence[str] = (),
    *,
    incomparable: str = "",
    rival: str = "the active model",
) -> Judgement:
    """Compare the answers of a candidate and of the active model; without both it does not pass.

    Parameters
    ----------
    against: what forbids a promotion whatever the answers are, in sentences.
    incomparable: why the answers cannot be compared, where that is known already.
    rival: what the reasons call the active model, for any other may stand in its place.
    """
    missing = [
        f"{who} has no held-out answers ({FILE} beside its weights)"
        for who, answers in (("the candidate", candidate), (rival, active))
        if answers is None
    ]
    if incomparable:
        return Judgement(passed=False, reasons=(*against, incomparable), verdict=None)
    if candidate is None or active is None:
        return Judgement(passed=False, reasons=(*against, *missing), verdict=None)
    try:
        verdict = gate(candidate, active, test=rules.test, alpha=rules.alpha, against=against, rival=rival)
    except ConfigError as err:
        return Judgement(passed=False, reasons=(*against, str(err)), verdict=None)
    return Judgement(verdict.passed, verdict.reasons, verdict.to_json())
