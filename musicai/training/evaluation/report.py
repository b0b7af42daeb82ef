"""What `musicai models evaluate` says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from musicai.training.evaluation.figures import Evaluation, Figure, rounded


@dataclass(frozen=True)
class EvaluationReport:
    """A model's answers to labelled tracks.

    Parameters
    ----------
    model: its name.
    source: where the tracks are from.
    side: of the split, `null` when everything was evaluated.
    split_sha256: digest of the split, `null` without one.
    threshold: confidence below which the model says unknown.
    precision: share of right answers among those at or above the threshold.
    coverage: share of tracks that get an answer at or above the threshold.
    leaks: what stands on two sides of the split as well, `null` when nobody looked.
    unreadable: files that were left out: name -> reason.
    evaluation: all figures, see below.
    """

    model: str
    source: str
    side: str | None
    split_sha256: str | None
    threshold: float
    precision: Figure
    coverage: Figure
    leaks: Mapping[str, Any] | None
    unreadable: Mapping[str, str]
    evaluation: Evaluation

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        value: dict[str, Any] = rounded({**asdict(self), "evaluation": self.evaluation.to_json()})
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "EvaluationReport":
        """Read back `to_json`."""
        figures = {name: Figure(**value[name]) for name in ("precision", "coverage")}
        return cls(**{**value, **figures, "evaluation": Evaluation.from_json(value["evaluation"])})
