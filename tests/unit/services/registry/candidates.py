"""Small models that can be asked, with held-out answers of a chosen quality."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from musicai.front_end import GTZAN_FRONT_END
from musicai.models.networks import build
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.training.evaluation.held_out import FILE, HeldOut, write_held_out

ARGUMENTS = {"stem": 4, "widths": [4], "head": 4}
GENRES = ("jazz", "rock")
TRACKS = 80


def write_candidate(
    folder: Path,
    name: str,
    *,
    right: int | None = None,
    seed: int = 0,
    leaks: Mapping[str, int] | None = None,
) -> Path:
    """Write a model with random weights; with `right`, so many of the 80 held-out tracks are right."""
    torch.manual_seed(seed)
    network = build("residual_cnn", ARGUMENTS, n_mels=GTZAN_FRONT_END.n_mels, genres=len(GENRES))

    def describe(digest: str) -> SideCar:
        return SideCar(
            name=name,
            architecture=Architecture("residual_cnn", ARGUMENTS),
            front_end=GTZAN_FRONT_END,
            genres=GENRES,
            calibration=Calibration(1.0, 0.4, 0.8, 0.7, "held out"),
            weights_sha256=digest,
            metrics={"accuracy": 0.61},
            data={"metrics_measured_on": "held out", "leaks": dict(leaks or {})},
        )

    write_model(folder / name, network, describe)
    if right is not None:
        write_held_out(folder / name / FILE, answers(right))
    return folder / name


def answers(right: int, tracks: int = TRACKS) -> HeldOut:
    """Return answers of which so many are right, with a confidence as high as their share."""
    labels = np.arange(tracks) % 2
    sure = np.float32(right / tracks)
    guesses = np.where(np.arange(tracks) < right, labels, 1 - labels)
    scores = np.full((tracks, 2), 1 - sure, dtype=np.float32)
    scores[np.arange(tracks), guesses] = sure
    return HeldOut(tuple(f"{GENRES[k % 2]}/{k:03}" for k in range(tracks)), labels, scores, GENRES)
