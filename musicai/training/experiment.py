"""One experiment from split lists to a model's folder: train, measure, calibrate, describe."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai.models.side_car import Calibration, SideCar
from musicai.training.calibration import choose_threshold, cross_fit, fit_temperature
from musicai.training.dataset import Dataset, load_images, read_split
from musicai.training.epoch_report import EpochReport
from musicai.training.evaluation.summary import summary
from musicai.training.loop import Checkpoints, logits_of, train
from musicai.training.metrics import accuracy, softmax
from musicai.training.outcome import assemble, write_outcome
from musicai.training.plan import Experiment
from musicai.training.radial import fit_radial
from musicai.training.recipe import Recipe

Say = Callable[[str], None]


def run(experiment: Experiment, say: Say) -> SideCar:
    """Carry an experiment out and write its model."""
    learn, valid = _datasets(experiment)
    members = _members(experiment, learn, "train", say)
    single = [logits_of(member, valid) for member in members]
    logits = logits_of(assemble(experiment, members, len(learn.genres))[0], valid)
    figures = _figures(logits, single, valid)
    say(f"valid accuracy: members {figures['members_accuracy']}, together {figures['accuracy']}")
    calibration = _calibrate(logits, valid, experiment)
    say(f"calibration: {calibration}")
    if experiment.use_all:
        members = _members(experiment, _joined(learn, valid), "all", say)
    return write_outcome(experiment, members, learn.genres, calibration, figures)


def _datasets(experiment: Experiment) -> tuple[Dataset, Dataset]:
    folder, front_end = experiment.spectrograms, experiment.front_end
    learn = load_images(folder, read_split(experiment.train_list), front_end)
    valid = load_images(folder, read_split(experiment.valid_list), front_end, learn.genres)
    return learn, valid


def _members(experiment: Experiment, data: Dataset, label: str, say: Say) -> list[nn.Module]:
    return [
        _member(experiment, recipe, data, f"{label}-{experiment.first_seed + number}", say)
        for number, recipe in enumerate(experiment.recipes)
    ]


def _member(experiment: Experiment, recipe: Recipe, data: Dataset, label: str, say: Say) -> nn.Module:
    seed = int(label.rsplit("-", 1)[1])
    if recipe.architecture == "radial":
        say(f"{label} radial network on {len(data)} clips")
        return fit_radial(data, recipe, seed)

    def report(row: EpochReport) -> None:
        if row.epoch % 10 == 0 or row.epoch == recipe.epochs:
            say(f"{label} epoch {row.epoch}/{recipe.epochs} loss {row.train_loss:.3f}")

    file = experiment.work / f"{experiment.name}-{label}.ckpt" if experiment.work else None
    checkpoints = Checkpoints(file) if file else None
    return train(data, recipe, seed, report=report, checkpoints=checkpoints)


def _figures(
    logits: NDArray[np.float32], single: list[NDArray[np.float32]], valid: Dataset
) -> dict[str, Any]:
    probabilities, _ = cross_fit(logits, valid.labels)
    alone = [round(accuracy(one, valid.labels), 4) for one in single]
    return {**summary(probabilities, valid.labels, valid.genres), "members_accuracy": alone}


def _calibrate(logits: NDArray[np.float32], valid: Dataset, experiment: Experiment) -> Calibration:
    temperature = fit_temperature(logits, valid.labels)
    _, measured = cross_fit(logits, valid.labels)
    threshold = choose_threshold(softmax(logits, temperature), valid.labels)
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        precision=round(measured.precision, 3),
        coverage=round(measured.coverage, 3),
        data=f"{experiment.valid_list.stem}, {len(valid)} clips, cross-fitted in fifths",
    )


def _joined(one: Dataset, other: Dataset) -> Dataset:
    frames = min(one.spectrograms.shape[2], other.spectrograms.shape[2])
    clips = np.concatenate([one.spectrograms[..., :frames], other.spectrograms[..., :frames]])
    return Dataset(one.ids + other.ids, clips, np.concatenate([one.labels, other.labels]), one.genres)
