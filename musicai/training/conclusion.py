"""What trained networks are worth: temperature, threshold, and figures on held-out tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai.models.side_car import Calibration
from musicai.training.assembly import assemble
from musicai.training.calibration import Measured, choose_threshold, cross_fit, fit_temperature
from musicai.training.dataset import Dataset
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Evaluation
from musicai.training.evaluation.held_out import HeldOut
from musicai.training.loop import logits_of
from musicai.training.material import Material
from musicai.training.metrics import accuracy, softmax
from musicai.training.normalisation import normalisation_of
from musicai.training.plan import in_epochs
from musicai.training.request import TrainRequest

LEAST_TRACKS = 20
"""So many tracks the side valid must have for a temperature and a threshold that mean anything."""
EVEN_ODDS = 0.5
"""The threshold where none can be chosen."""


@dataclass(frozen=True)
class Conclusion:
    """Figures of networks that learned from the side train alone.

    Parameters
    ----------
    calibration: fitted on the side valid.
    measured: precision and coverage of thresholds that were chosen on other tracks of that side; None
        when it has too few.
    evaluation: on the side test; where there is none on valid, with temperatures that did not see the
        track (cross-fitting).
    held_out: the answers that were evaluated.
    members: accuracy of each network alone, on excerpts of the side valid.
    sides: on the clips that were learnt from, and on valid; see `_sides`.
    """

    calibration: Calibration
    measured: Measured | None
    evaluation: Evaluation
    held_out: HeldOut
    members: tuple[float, ...]
    sides: Mapping[str, Evaluation] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return the figures that a run's row carries."""
        found = self.evaluation.tracks.accuracy
        return {
            "accuracy": round(found.value, 4),
            "accuracy_interval_95": [round(found.low, 3), round(found.high, 3)],
            "held_out": self.evaluation.tracks.count,
            "threshold": self.calibration.threshold,
            "warnings": list(self.evaluation.warnings),
            "sides": {side: short_accuracy(found) for side, found in self.sides.items()},
        }


def short_accuracy(found: Evaluation) -> dict[str, Any]:
    """Return the accuracy at the level of tracks, its 95 % interval, and of how many tracks it is."""
    figure = found.tracks.accuracy
    return {
        "accuracy": round(figure.value, 4),
        "low": round(figure.low, 3),
        "high": round(figure.high, 3),
        "clips": found.tracks.count,
    }


def conclude(request: TrainRequest, material: Material, networks: Sequence[nn.Module]) -> Conclusion:
    """Calibrate networks on the side valid and measure them on what is held out."""
    learn, side = material.learn, material.held_out
    normalisation = normalisation_of(learn)
    network, _ = assemble(request.plan, networks, len(learn.genres))
    valid_logits = logits_of(network, material.valid, normalisation=normalisation)
    calibrated = calibrate(valid_logits, material.valid)
    probabilities = calibrated.crossed
    if material.test is not None:
        logits = logits_of(network, material.test, normalisation=normalisation)
        probabilities = softmax(logits, calibrated.calibration.temperature)
    doubts = (*material.leaks, *calibrated.doubts)
    return Conclusion(
        calibrated.calibration,
        calibrated.measured,
        evaluate(probabilities, side.labels, side.ids, learn.genres, leaks=doubts),
        HeldOut.of_excerpts(probabilities, side.labels, side.ids, learn.genres, material.split.digest),
        tuple(_alone(member, material) for member in networks),
        _sides(
            request,
            material,
            network,
            valid_logits,
            temperature=calibrated.calibration.temperature,
            doubts=doubts,
        ),
    )


def _sides(
    request: TrainRequest,
    material: Material,
    network: nn.Module,
    valid_logits: NDArray[np.float32],
    *,
    temperature: float,
    doubts: Sequence[str],
) -> dict[str, Evaluation]:
    """Measure what `Conclusion.evaluation` does not, as experiments tabulate it."""
    each = {"valid": (material.valid, valid_logits, doubts)}
    # of other networks another pass may cost as much as the training did: a backbone hears all clips again
    if all(map(in_epochs, request.plan.members)):
        learn = material.learn
        each["train"] = (learn, logits_of(network, learn, normalisation=normalisation_of(learn)), ())
    return {
        side: evaluate(softmax(logits, temperature), data.labels, data.ids, data.genres, leaks=said)
        for side, (data, logits, said) in each.items()
    }


@dataclass(frozen=True)
class Calibrated:
    """What the side valid says about confidences; `crossed` are those of tracks that did not say it."""

    calibration: Calibration
    measured: Measured | None
    crossed: NDArray[np.float64]
    doubts: tuple[str, ...] = ()


def calibrate(logits: NDArray[np.float32], valid: Dataset) -> Calibrated:
    """Fit temperature and threshold to the side valid, where it has tracks enough."""
    tracks = len(set(valid.ids))
    if tracks < LEAST_TRACKS:
        return _uncalibrated(logits, tracks)
    temperature = fit_temperature(logits, valid.labels, valid.ids)
    crossed, measured = cross_fit(logits, valid.labels, tracks=valid.ids)
    calibration = Calibration(
        temperature=round(temperature, 4),
        threshold=round(_threshold(softmax(logits, temperature), valid), 4),
        precision=round(measured.precision, 3),
        coverage=round(measured.coverage, 3),
        data=f"valid, {tracks} tracks, cross-fitted in fifths",
    )
    return Calibrated(calibration, measured, crossed)


def _uncalibrated(logits: NDArray[np.float32], tracks: int) -> Calibrated:
    """Take the scores as they are: so few tracks would be fitted by heart, and mean nothing for others."""
    told = f"valid has {tracks} tracks, and calibration needs {LEAST_TRACKS}: nothing was fitted"
    calibration = Calibration(1.0, EVEN_ODDS, precision=None, coverage=None, data=told)
    doubt = f'{told}; "unknown" is what is less likely than not, and its precision is not known'
    return Calibrated(calibration, None, softmax(logits), (doubt,))


def _threshold(probabilities: NDArray[np.float64], valid: Dataset) -> float:
    """Return the threshold of tracks: what is compared with it is the mean of a track's excerpts."""
    answers = HeldOut.of_excerpts(probabilities, valid.labels, valid.ids, valid.genres)
    return choose_threshold(answers.probabilities.astype(np.float64), answers.labels)


def _alone(member: nn.Module, material: Material) -> float:
    valid = material.valid
    logits = logits_of(member, valid, normalisation=normalisation_of(material.learn))
    return round(accuracy(logits, valid.labels), 4)
