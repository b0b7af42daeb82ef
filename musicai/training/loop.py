"""The training loop: deterministic for a seed, and resumable after any epoch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from musicai.errors import StoppedError, TrainingError
from musicai.models.networks import build, check_picture_size
from musicai.models.normalise import normalised
from musicai.models.side_car import Normalisation
from musicai.training.checkpoint import Progress, restore, save
from musicai.training.dataset import Dataset
from musicai.training.epoch import Learned, Lesson, learn
from musicai.training.epoch_report import EpochReport
from musicai.training.hooks import never
from musicai.training.normalisation import normalisation_of
from musicai.training.recipe import Recipe

Report = Callable[[EpochReport], None]
"""Called after each epoch."""
Resumed = Callable[[Sequence[EpochReport]], None]
"""Called once before the first epoch, with those that a checkpoint says are done."""


@dataclass(frozen=True)
class Checkpoints:
    """Where a run keeps its state, and after how many epochs."""

    file: Path
    every: int = 10


def train(
    data: Dataset,
    recipe: Recipe,
    seed: int,
    *,
    watch: Dataset | None = None,
    report: Report | None = None,
    resumed: Resumed | None = None,
    checkpoints: Checkpoints | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> nn.Module:
    """Train a network and return the moving average of its weights, or its last ones (`Recipe.averaging`).

    A run that was interrupted goes on from its checkpoint and ends with the very weights of an
    unbroken run, because the random numbers of an epoch depend on nothing but seed and epoch.

    Parameters
    ----------
    watch: held-out clips that are measured after each epoch; nothing is decided by them.
    should_stop: asked after each epoch, and every two seconds within one.

    Raises
    ------
    TrainingError: the loss ran away, or a checkpoint cannot be written.
    StoppedError: `should_stop` said so; a checkpoint was written, if there are any.
    StateError: the checkpoint is damaged, or another run's.
    """
    progress = start(data, recipe, seed)
    if checkpoints is not None:
        restore(checkpoints.file, progress, recipe, seed)
    if resumed is not None:
        resumed(tuple(progress.history))
    lesson = Lesson(data, recipe, seed, normalisation_of(data), should_stop or never)
    while progress.epoch < recipe.epochs:
        _epoch(lesson, progress, watch, report, checkpoints)
    return progress.kept


def _epoch(
    lesson: Lesson,
    progress: Progress,
    watch: Dataset | None,
    report: Report | None,
    checkpoints: Checkpoints | None,
) -> None:
    try:
        learned = learn(lesson, progress)
        row = _row(lesson, progress, learned, watch)
        progress.epoch += 1
        progress.history.append(row)
        if report is not None:
            report(row)
        if lesson.should_stop() and progress.epoch < lesson.recipe.epochs:
            raise StoppedError(f"the run was stopped after epoch {progress.epoch}")
    except StoppedError:
        if checkpoints is not None:
            save(checkpoints.file, progress, lesson.recipe, lesson.seed)
        raise
    if checkpoints is not None and progress.epoch % checkpoints.every == 0:
        save(checkpoints.file, progress, lesson.recipe, lesson.seed)


def _row(lesson: Lesson, progress: Progress, learned: Learned, watch: Dataset | None) -> EpochReport:
    began = time.monotonic()
    epoch = progress.epoch + 1
    _check_weights(progress.network, epoch, learned)
    loss, accuracy = None, None
    if watch is not None:
        loss, accuracy = loss_and_accuracy(progress.kept, watch, lesson.normalisation)
    return EpochReport(
        epoch=epoch,
        epochs=lesson.recipe.epochs,
        train_loss=learned.loss,
        train_accuracy=learned.accuracy,
        test_loss=loss,
        test_accuracy=accuracy,
        rate=learned.rate,
        seconds=round(learned.seconds + time.monotonic() - began, 3),
    )


def _check_weights(network: nn.Module, epoch: int, learned: Learned) -> None:
    """Refuse weights that are no numbers before they reach a checkpoint."""
    if not all(bool(weights.isfinite().all()) for weights in network.parameters()):
        raise TrainingError(
            f"weights are no longer finite after epoch {epoch} (loss {learned.loss:.4g}, "
            f"learning rate {learned.rate:.3g}); try a rate of {learned.rate / 10:.1g} or less"
        )


def start(data: Dataset, recipe: Recipe, seed: int) -> Progress:
    """Build a fresh network, its optimiser and its moving average."""
    torch.manual_seed(seed)
    network = build(
        recipe.architecture,
        recipe.arguments,
        n_mels=data.spectrograms.shape[1],
        genres=len(data.genres),
    )
    check_picture_size(recipe.architecture, network, data.picture_size)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = _optimiser(network, recipe)
    return Progress(network, _average(network, recipe), optimiser, epoch=0, data=data.digest)


def _average(network: nn.Module, recipe: Recipe) -> torch.optim.swa_utils.AveragedModel | None:
    if not recipe.averaging:
        return None
    return torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=_moving_average(recipe.averaging),
        use_buffers=True,
    )


def _moving_average(decay: float) -> Callable[[Any, Any, Any], None]:
    # torch's own names: one call for all weights instead of one per tensor
    make: Callable[[float], Callable[[Any, Any, Any], None]] = torch.optim.swa_utils.get_ema_multi_avg_fn
    return make(decay)


def _optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    # decay pulls on filters only: on a norm's scale it would work against the norm itself
    filters = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": filters, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=recipe.peak_rate, momentum=recipe.momentum, fused=True)
    return torch.optim.AdamW(groups, lr=recipe.peak_rate)


@torch.inference_mode()
def logits_of(
    network: nn.Module, data: Dataset, batch: int = 32, normalisation: Normalisation | None = None
) -> NDArray[np.float32]:
    """Return the logits of whole clips, shape (rows, genres).

    Parameters
    ----------
    normalisation: that of the clips which the network learned from; spectrograms need none.
    """
    network.eval()
    clips = torch.from_numpy(data.spectrograms)
    clips = clips[:, None] if data.picture_size is None else clips
    parts = []
    for first in range(0, len(clips), batch):
        x = normalised(clips[first : first + batch], normalisation or Normalisation())
        parts.append(network(x.to(memory_format=torch.channels_last)))
    result: NDArray[np.float32] = torch.cat(parts).float().numpy()
    return result


def loss_and_accuracy(
    network: nn.Module, data: Dataset, normalisation: Normalisation
) -> tuple[float, float]:
    """Return the mean cross entropy in nats and the share of rows told right, 0..1."""
    logits = torch.from_numpy(logits_of(network, data, normalisation=normalisation))
    labels = torch.from_numpy(data.labels)
    accuracy = (logits.argmax(dim=1) == labels).float().mean()
    return float(F.cross_entropy(logits, labels)), float(accuracy)
