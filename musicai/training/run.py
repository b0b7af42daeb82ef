"""One training run, from sources to a model's folder with everything that is known about it."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from musicai.errors import TrainingError
from musicai.models.folder import verify
from musicai.models.side_car import SIDE_CAR_FILE, SideCar
from musicai.models.threads import use_threads
from musicai.training.backbone import Backbone, open_backbone
from musicai.training.conclusion import conclude
from musicai.training.dataset import join
from musicai.training.hooks import Hooks
from musicai.training.journal import Journal
from musicai.training.leftovers import leftovers
from musicai.training.material import Material, Surroundings, gather
from musicai.training.members import Members
from musicai.training.model_folder import Finished, write_model_folder
from musicai.training.request import TrainRequest

LOGS = "logs"
"""Below a run's folder: what TensorBoard reads, and the curves so far."""


@dataclass(frozen=True)
class Outcome:
    """What a run made.

    Parameters
    ----------
    folder: of the model: weights, side-car, card, answers to held-out tracks, pictures.
    side_car: its side-car.
    """

    folder: Path
    side_car: SideCar


def train_model(
    request: TrainRequest,
    folder: Path,
    name_model: Callable[[], str],
    hooks: Hooks,
    around: Surroundings | None = None,
) -> Outcome:
    """Carry a run out; one that was broken off goes on from what lies in its folder.

    Parameters
    ----------
    folder: of the run: split, checkpoints, journal, and at last the model.
    name_model: gives the name of the model, FAMILY-VERSION, once it is needed.
    around: catalogue, libraries and cache of this node.

    Raises
    ------
    DatasetError, ConfigError: the data or what was asked for do not fit.
    TrainingError: the loss ran away, or something cannot be written.
    StoppedError: the hooks said so; checkpoints are written.
    """
    if (folder / "model" / SIDE_CAR_FILE).exists():  # the process died before anybody knew of it
        return Outcome(folder / "model", verify(folder / "model"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        use_threads(request.threads)
        around = around or Surroundings()
        backbone = open_backbone(request.backbone, around.store) if request.backbone else None
        if backbone is not None:
            request = request.heard_by(backbone.front_end)
        material = gather(request, folder, hooks, around)
        if backbone is not None:
            material = replace(material, leaks=(*material.leaks, backbone.doubt))
        request = request.heard_by(material.front_end)
        side_car = _train(request, folder, name_model, hooks, material, backbone=backbone)
        return Outcome(folder / "model", side_car)
    except OSError as err:
        raise TrainingError(f"the run's folder {folder} cannot be written: {err.strerror or err}") from err


def _train(
    request: TrainRequest,
    folder: Path,
    name_model: Callable[[], str],
    hooks: Hooks,
    material: Material,
    *,
    backbone: Backbone | None,
) -> SideCar:
    with closing(Journal(folder / LOGS, request.name)) as journal:
        finished = _finished(request, folder, hooks, material, journal, backbone=backbone)
    side_car = write_model_folder(folder / "model", name_model(), finished)
    for leftover in leftovers(folder):
        leftover.unlink()
    return side_car


def _finished(
    request: TrainRequest,
    folder: Path,
    hooks: Hooks,
    material: Material,
    journal: Journal,
    *,
    backbone: Backbone | None,
) -> Finished:
    began = time.monotonic()
    members = Members(
        request.plan, request.seed, folder, hooks, journal, passes=1 + request.use_all, backbone=backbone
    )
    hooks.planned(members.epochs)
    networks = members.train("train", material.learn, material.valid)
    conclusion = conclude(request, material, networks)
    hooks.facts(conclusion.facts())
    trained_on = material.learn
    if request.use_all:
        trained_on = join(material.learn, material.valid)
        networks = members.train("all", trained_on, None)
    return Finished(
        request=request,
        material=material,
        trained_on=trained_on,
        networks=networks,
        conclusion=conclusion,
        history=members.history,
        seconds=time.monotonic() - began,
        backbone={} if backbone is None else backbone.origin,
    )
