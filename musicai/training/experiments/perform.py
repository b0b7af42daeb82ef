"""Carrying experiments out: pictures once, then row after row."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from musicai import __version__
from musicai.errors import ConfigError, StateError
from musicai.models.side_car import Architecture, Calibration, Normalisation, SideCar
from musicai.models.weights import write_model
from musicai.training.calibration import choose_threshold, cross_fit, fit_temperature
from musicai.training.dataset import Dataset, load_images
from musicai.training.epoch_report import EpochReport
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.experiments.deal import deal
from musicai.training.experiments.file import ExperimentFile
from musicai.training.experiments.result import Figure, Result, read_result, write_result
from musicai.training.experiments.row import Row
from musicai.training.loop import Checkpoints, logits_of, train
from musicai.training.metrics import softmax
from musicai.training.normalisation import normalisation_of
from musicai.training.rebalance import limited

MODEL_FOLDER = "model"


@dataclass(frozen=True)
class Sides:
    """The pictures by side of the split."""

    train: Dataset
    valid: Dataset
    test: Dataset
    sha256: str


@dataclass(frozen=True)
class Events:
    """What a run tells while it goes on."""

    row: Callable[[int, EpochReport], None]
    done: Callable[[Result], None]


@dataclass(frozen=True)
class Run:
    """One row on its way."""

    file: ExperimentFile
    number: int
    sides: Sides
    learn: Dataset
    folder: Path

    @property
    def row(self) -> Row:
        """Its settings."""
        return self.file.rows[self.number - 1]


def prepare(file: ExperimentFile, folder: Path) -> Sides:
    """Draw all pictures of a folder of grey spectrograms by class, and deal them out."""
    classes = {
        genre.name: [image.stem for image in sorted(genre.glob("*.png"))]
        for genre in sorted(folder.iterdir())
        if genre.is_dir()
    }
    if len(classes) < 2 or not all(classes.values()):
        raise ConfigError(f"{folder} must hold two or more genres with spectrograms in each")
    names = deal(classes, file.ratios, file.split_seed)
    genres = tuple(sorted(classes))
    learn, valid, test = (load_images(folder, side, file.front_end, genres) for side in names)
    text = "".join(f"{where}\t{name}\n" for where, side in zip("abc", names, strict=True) for name in side)
    return Sides(learn, valid, test, hashlib.sha256(text.encode()).hexdigest())


def perform(file: ExperimentFile, number: int, sides: Sides, out: Path, events: Events) -> Result:
    """Train one row, measure it, write its model and its result; a finished one is only read."""
    row, folder = file.rows[number - 1], out / file.run_name(number)
    if (done := read_result(folder, file.digest(number))) is not None:
        if done.split_sha256 != sides.sha256:
            raise StateError(f"{folder} holds a result on other data; give another --out, or delete it")
        return done
    folder.mkdir(parents=True, exist_ok=True)
    learn = limited(sides.train, row.limit, row.seed)
    history: list[EpochReport] = []

    def report(epoch: EpochReport) -> None:
        history.append(epoch)
        events.row(number, epoch)

    checkpoint = folder / "run.ckpt"
    network = train(
        learn,
        row.recipe(file.size),
        row.seed,
        watch=sides.valid,
        report=report,
        resumed=history.extend,
        checkpoints=Checkpoints(checkpoint),
    )
    result = _conclude(Run(file, number, sides, learn, folder), network, history)
    write_result(folder, result)
    checkpoint.unlink(missing_ok=True)
    events.done(result)
    return result


def _conclude(run: Run, network: nn.Module, history: list[EpochReport]) -> Result:
    file, sides = run.file, run.sides
    normalisation = normalisation_of(run.learn)
    logits = {
        name: logits_of(network, side, normalisation=normalisation)
        for name, side in (("train", run.learn), ("valid", sides.valid), ("test", sides.test))
    }
    figures = {
        "train": _figure(logits["train"], run.learn),
        "valid": _figure(logits["valid"], sides.valid),
        "test": _figure(logits["test"], sides.test),
    }
    best = max(history, key=lambda row: row.test_accuracy or 0.0)
    result = Result(
        number=run.number,
        digest=file.digest(run.number),
        split_sha256=sides.sha256,
        model=f"{file.name}-{run.number}-{run.row.network.replace('_', '-')}-{file.size}",
        **figures,
        best_valid=best.test_accuracy or 0.0,
        best_epoch=best.epoch,
        seconds=round(sum(epoch.seconds for epoch in history), 1),
        picture_size=file.size,
        history=[epoch.to_json() for epoch in history],
    )
    calibration = _calibrate(logits["valid"], sides.valid)
    _write_model(run, result, network, normalisation, calibration)
    return result


def _figure(logits: NDArray[np.float32], side: Dataset) -> Figure:
    found = evaluate(softmax(logits), side.labels, side.tracks.tolist(), side.genres).tracks
    accuracy = found.accuracy
    return Figure(round(accuracy.value, 4), round(accuracy.low, 3), round(accuracy.high, 3), found.count)


def _calibrate(logits: NDArray[np.float32], side: Dataset) -> Calibration:
    temperature = fit_temperature(logits, side.labels)
    _, measured = cross_fit(logits, side.labels)
    threshold = choose_threshold(softmax(logits, temperature), side.labels)
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        precision=round(measured.precision, 3),
        coverage=round(measured.coverage, 3),
        data=f"valid, {len(side)} clips, cross-fitted in fifths",
    )


def _write_model(
    run: Run, result: Result, network: nn.Module, normalisation: Normalisation, calibration: Calibration
) -> None:
    file, row, sides = run.file, run.row, run.sides
    recipe = row.recipe(file.size)
    facts = {key: value for key, value in result.to_json().items() if key in ("train", "valid", "test")}
    write_model(
        run.folder / MODEL_FOLDER,
        network,
        lambda digest: SideCar(
            name=result.model,
            architecture=Architecture(recipe.architecture, recipe.arguments),
            front_end=file.front_end,
            genres=sides.train.genres,
            calibration=calibration,
            weights_sha256=digest,
            normalisation=normalisation,
            data={
                "set": file.data_set,
                "split": {"ratios": list(file.ratios), "seed": file.split_seed, "sha256": sides.sha256},
                "limit": dict(row.limit),
            },
            metrics={"accuracy": result.test.accuracy, "clips": result.test.clips, **facts},
            training={"seed": row.seed, "recipe": recipe.to_json(), "seconds": result.seconds},
            code_version=__version__,
            terms=file.terms,
        ),
    )
