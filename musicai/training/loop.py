"""The training loop: deterministic for a seed, and resumable after any epoch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from musicai.models.networks import build
from musicai.training.augmentation import crop, mask, mix, one_cycle, one_hot, recolour
from musicai.training.checkpoint import Progress, restore, save
from musicai.training.dataset import Dataset
from musicai.training.recipe import Recipe

Report = Callable[[int, float], None]
"""Called after each epoch with its number (from 1) and its mean loss."""


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
    report: Report | None = None,
    checkpoints: Checkpoints | None = None,
) -> nn.Module:
    """Train a network and return the moving average of its weights.

    A run that was interrupted goes on from its checkpoint and ends with the very weights of an
    unbroken run, because the random numbers of an epoch depend on nothing but seed and epoch.
    """
    progress = start(data, recipe, seed)
    if checkpoints is not None:
        restore(checkpoints.file, progress, recipe, seed)
    while progress.epoch < recipe.epochs:
        loss = _epoch(data, recipe, seed, progress)
        progress.epoch += 1
        if report is not None:
            report(progress.epoch, loss)
        if checkpoints is not None and progress.epoch % checkpoints.every == 0:
            save(checkpoints.file, progress, recipe, seed)
    network: nn.Module = progress.average.module
    return network


def start(data: Dataset, recipe: Recipe, seed: int) -> Progress:
    """Build a fresh network, its optimiser and its moving average."""
    torch.manual_seed(seed)
    network = build(
        recipe.architecture,
        recipe.arguments,
        n_mels=data.spectrograms.shape[1],
        genres=len(data.genres),
    )
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = torch.optim.swa_utils.AveragedModel(
        network,
        multi_avg_fn=_moving_average(recipe.averaging),
        use_buffers=True,
    )
    return Progress(network, average, _optimiser(network, recipe), epoch=0)


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
    return torch.optim.AdamW(groups, lr=recipe.peak_rate)


def _epoch(data: Dataset, recipe: Recipe, seed: int, progress: Progress) -> float:
    torch.manual_seed(_epoch_seed(seed, progress.epoch))  # dropout
    random = torch.Generator().manual_seed(_epoch_seed(seed, progress.epoch) + 1)
    batches = list(_batches(len(data), recipe.batch, random))
    progress.network.train()
    losses = []
    for number, indices in enumerate(batches):
        step, steps = progress.epoch * len(batches) + number, recipe.epochs * len(batches)
        for group in progress.optimiser.param_groups:
            group["lr"] = one_cycle(step, steps, recipe.peak_rate)
        x, targets = _vary(data, indices, recipe, random)
        losses.append(_step(x, targets, recipe, progress))
    return float(np.mean(losses))


def _epoch_seed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def _batches(clips: int, size: int, random: torch.Generator) -> Iterator[NDArray[np.int64]]:
    order = torch.randperm(clips, generator=random).numpy()
    # the last, partial batch is left out: its norm statistics would be poor
    for first in range(0, max(1, clips - size + 1), size):
        yield order[first : first + size]


def _vary(
    data: Dataset, indices: NDArray[np.int64], recipe: Recipe, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    clips = torch.from_numpy(data.spectrograms[indices])
    labels = torch.from_numpy(data.labels[indices])
    x = crop(clips, recipe.crop_frames, recipe.augmentation, random)
    x = recolour(x, recipe.augmentation, random)
    targets = one_hot(labels, len(data.genres), recipe.label_smoothing)
    x, targets = mix(x, targets, recipe.augmentation.mixup, random)
    return mask(x, recipe.augmentation, random), targets


def _step(x: Tensor, targets: Tensor, recipe: Recipe, progress: Progress) -> float:
    half = recipe.precision == "bfloat16"
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = progress.network(x.to(memory_format=torch.channels_last))
    loss = F.cross_entropy(logits.float(), targets)
    progress.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    progress.optimiser.step()
    progress.average.update_parameters(progress.network)
    return float(loss.detach())


@torch.inference_mode()
def logits_of(network: nn.Module, data: Dataset, batch: int = 32) -> NDArray[np.float32]:
    """Return the logits of whole clips, shape (clips, genres)."""
    network.eval()
    clips = torch.from_numpy(data.spectrograms)[:, None]
    parts = [
        network(clips[first : first + batch].to(memory_format=torch.channels_last))
        for first in range(0, len(clips), batch)
    ]
    result: NDArray[np.float32] = torch.cat(parts).float().numpy()
    return result
