"""One experiment from split lists to a model's folder: train, measure, calibrate, describe."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai import __version__
from musicai.front_end import FrontEnd
from musicai.models.networks import build
from musicai.models.radial import RadialNetwork
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.training.calibration import choose_threshold, cross_fit, fit_temperature
from musicai.training.dataset import Dataset, load_images, read_split, split_digest
from musicai.training.loop import Checkpoints, logits_of, train
from musicai.training.metrics import accuracy, softmax, summary
from musicai.training.radial import fit_radial
from musicai.training.recipe import Recipe

Say = Callable[[str], None]


@dataclass(frozen=True)
class Experiment:
    """What to train, on what, and where the outcome goes.

    Parameters
    ----------
    name: of the model.
    spectrograms: folder of ``<genre>/<id>.png``.
    train_list, valid_list: split lists; all choices are made on the second.
    front_end: of the images.
    recipes: of the networks that answer together.
    first_seed: seed of the first network; the others count on from it.
    familiar: see `Committee`.
    use_all: ship weights trained on both lists, after everything was measured and calibrated with weights
        of the same recipe that saw only the first.
    out: the model's folder.
    work: folder of the checkpoints; None keeps none.
    terms: what the training data allows.
    """

    name: str
    spectrograms: Path
    train_list: Path
    valid_list: Path
    front_end: FrontEnd
    recipes: tuple[Recipe, ...]
    first_seed: int
    familiar: float | None
    use_all: bool
    out: Path
    work: Path | None
    terms: str = ""


def run(experiment: Experiment, say: Say) -> SideCar:
    """Carry an experiment out and write its model."""
    learn, valid = _datasets(experiment)
    members = _members(experiment, learn, "train", say)
    single = [logits_of(member, valid) for member in members]
    logits = logits_of(_assemble(experiment, members, len(learn.genres))[0], valid)
    figures = _figures(logits, single, valid)
    say(f"valid accuracy: members {figures['members_accuracy']}, together {figures['accuracy']}")
    calibration = _calibrate(logits, valid, experiment)
    say(f"calibration: {calibration}")
    if experiment.use_all:
        members = _members(experiment, _joined(learn, valid), "all", say)
    return _write(experiment, members, learn.genres, calibration, figures)


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

    def report(epoch: int, loss: float) -> None:
        if epoch % 10 == 0 or epoch == recipe.epochs:
            say(f"{label} epoch {epoch}/{recipe.epochs} loss {loss:.3f}")

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


def _write(
    experiment: Experiment,
    members: list[nn.Module],
    genres: tuple[str, ...],
    calibration: Calibration,
    figures: dict[str, Any],
) -> SideCar:
    network, architecture = _assemble(experiment, members, len(genres))
    lists = (experiment.train_list, experiment.valid_list)
    trained_on = lists if experiment.use_all else lists[:1]
    return write_model(
        experiment.out,
        network,
        lambda digest: SideCar(
            name=experiment.name,
            architecture=architecture,
            front_end=experiment.front_end,
            genres=genres,
            calibration=calibration,
            weights_sha256=digest,
            data={
                "set": "GTZAN (Tzanetakis & Cook 2002), fault-filtered (Kereliuk, Sturm & Larsen 2015)",
                "weights_trained_on": [file.stem for file in trained_on],
                "metrics_weights_trained_on": [experiment.train_list.stem],
                "metrics_measured_on": experiment.valid_list.stem,
                "splits_sha256": {file.stem: split_digest(file) for file in lists},
            },
            metrics=figures,
            training={
                "first_seed": experiment.first_seed,
                "recipes": [recipe.to_json() for recipe in experiment.recipes],
            },
            code_version=__version__,
            terms=experiment.terms,
        ),
    )


def _assemble(
    experiment: Experiment, members: list[nn.Module], genres: int
) -> tuple[nn.Module, Architecture]:
    each: list[dict[str, Any]] = [
        {"name": recipe.architecture, "arguments": _arguments(recipe, member), "weight": recipe.weight}
        for recipe, member in zip(experiment.recipes, members, strict=True)
    ]
    if len(members) == 1:
        return members[0], Architecture(each[0]["name"], each[0]["arguments"])
    arguments = {"members": each, "familiar": experiment.familiar}
    network = build("committee", arguments, n_mels=experiment.front_end.n_mels, genres=genres)
    for place, member in zip(network.get_submodule("members").children(), members, strict=True):
        place.load_state_dict(member.state_dict())
    return network, Architecture("committee", arguments)


def _arguments(recipe: Recipe, member: nn.Module) -> dict[str, Any]:
    if isinstance(member, RadialNetwork):
        return {**recipe.arguments, "centres": member.output.in_features}
    return dict(recipe.arguments)
