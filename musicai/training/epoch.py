"""One pass over the training clips, which can be left and taken up after any batch."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.errors import StoppedError, TrainingError
from musicai.models.normalise import normalised
from musicai.models.side_car import Normalisation
from musicai.training.augmentation import crop, mask, mix, one_cycle, one_hot, recolour
from musicai.training.checkpoint import Partial, Progress
from musicai.training.dataset import Dataset
from musicai.training.jitter import jitter
from musicai.training.recipe import Recipe

_PATIENCE_S = 2.0
# The loss of an answer by chance is log(genres). A run that is so many times worse has run away.
_DIVERGED = 10


@dataclass(frozen=True)
class Lesson:
    """What stays the same in all epochs of a run."""

    data: Dataset
    recipe: Recipe
    seed: int
    normalisation: Normalisation
    should_stop: Callable[[], bool] = lambda: False

    @property
    def batches(self) -> int:
        """How many batches an epoch has."""
        return len(_bounds(len(self.data), self.recipe))


@dataclass(frozen=True)
class Learned:
    """What an epoch came to."""

    loss: float
    accuracy: float
    rate: float
    seconds: float


def learn(lesson: Lesson, progress: Progress) -> Learned:
    """Teach the network for one epoch, or for what is left of it.

    Raises
    ------
    StoppedError: `should_stop` said so; `progress.partial` is what a checkpoint needs.
    TrainingError: the loss is no number, or has run away.
    """
    began, asked = time.monotonic(), time.monotonic()
    random = torch.Generator().manual_seed(_epoch_seed(lesson.seed, progress.epoch) + 1)
    batches = list(_batches(len(lesson.data), lesson.recipe, random))
    done = _begin(lesson, progress, random)
    progress.network.train()
    before_s = done.seconds
    while done.batches < len(batches):
        if time.monotonic() - asked >= _PATIENCE_S:
            asked = time.monotonic()
            if lesson.should_stop():
                raise _stopped(progress, done, random)
        rate = _set_rate(lesson, progress, done.batches)
        _batch(lesson, progress, batches[done.batches], done, random)
        done.seconds = before_s + time.monotonic() - began
    progress.partial = None
    loss = float(np.mean(done.losses))
    _check_loss(loss, lesson, progress, rate)
    return Learned(loss, done.right / max(1, done.seen), rate, done.seconds)


def _begin(lesson: Lesson, progress: Progress, random: torch.Generator) -> Partial:
    """Return the epoch's state: fresh, or as it was left."""
    done = progress.partial
    if done is None:
        torch.manual_seed(_epoch_seed(lesson.seed, progress.epoch))  # dropout
        return Partial(0, [], 0, 0, 0.0, torch.empty(0), torch.empty(0))
    torch.set_rng_state(done.dropout)
    random.set_state(done.random)
    return done


def _stopped(progress: Progress, done: Partial, random: torch.Generator) -> StoppedError:
    done.dropout, done.random = torch.get_rng_state(), random.get_state()
    progress.partial = done
    return StoppedError(
        f"the run was stopped in epoch {progress.epoch + 1}; started again, it goes on from its checkpoint"
    )


def _epoch_seed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def _batches(clips: int, recipe: Recipe, random: torch.Generator) -> Iterator[NDArray[np.int64]]:
    order = torch.randperm(clips, generator=random).numpy()
    for first, last in _bounds(clips, recipe):
        yield order[first:last]


def _bounds(clips: int, recipe: Recipe) -> list[tuple[int, int]]:
    size = recipe.batch
    if recipe.last_batch == "drop":
        # the last, partial batch is left out: its norm statistics would be poor
        return [(first, first + size) for first in range(0, max(1, clips - size + 1), size)]
    bounds = [(first, min(first + size, clips)) for first in range(0, clips, size)]
    # of one clip alone a norm has no statistics at all
    return [pair for pair in bounds if pair[1] - pair[0] > 1 or len(bounds) == 1]


def _set_rate(lesson: Lesson, progress: Progress, number: int) -> float:
    recipe, batches = lesson.recipe, lesson.batches
    rate = recipe.peak_rate
    if recipe.schedule == "one_cycle":
        rate = one_cycle(progress.epoch * batches + number, recipe.epochs * batches, rate)
    for group in progress.optimiser.param_groups:
        group["lr"] = rate
    return rate


def _batch(
    lesson: Lesson, progress: Progress, indices: NDArray[np.int64], done: Partial, random: torch.Generator
) -> None:
    x, targets = _vary(lesson, indices, random)
    loss, right = _step(x, targets, lesson.recipe, progress)
    if not math.isfinite(loss):
        _check_loss(loss, lesson, progress, progress.optimiser.param_groups[0]["lr"])
    done.losses.append(loss)
    done.right += right
    done.seen += len(indices)
    done.batches += 1


def _vary(lesson: Lesson, indices: NDArray[np.int64], random: torch.Generator) -> tuple[Tensor, Tensor]:
    data, recipe = lesson.data, lesson.recipe
    clips = torch.from_numpy(data.spectrograms[indices])
    labels = torch.from_numpy(data.labels[indices])
    targets = one_hot(labels, len(data.genres), recipe.label_smoothing)
    if data.picture_size is not None:
        x = clips.float() / 255
        x = jitter(x, recipe.jitter, random) if recipe.jitter else x
        return mix(normalised(x, lesson.normalisation), targets, recipe.augmentation.mixup, random)
    x = crop(clips, recipe.crop_frames, recipe.augmentation, random)
    x = recolour(x, recipe.augmentation, random)
    x, targets = mix(x, targets, recipe.augmentation.mixup, random)
    return mask(x, recipe.augmentation, random), targets


def _step(x: Tensor, targets: Tensor, recipe: Recipe, progress: Progress) -> tuple[float, int]:
    """Return the loss of a batch before its step, and how many clips were told right."""
    half = recipe.precision == "bfloat16"
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = progress.network(x.to(memory_format=torch.channels_last))
    loss = F.cross_entropy(logits.float(), targets)
    progress.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    progress.optimiser.step()
    if progress.average is not None:
        progress.average.update_parameters(progress.network)
    right = int((logits.detach().argmax(dim=1) == targets.argmax(dim=1)).sum())
    return float(loss.detach()), right


def _check_loss(loss: float, lesson: Lesson, progress: Progress, rate: float) -> None:
    most = _DIVERGED * math.log(len(lesson.data.genres))
    if not math.isfinite(loss) or loss > most:
        raise TrainingError(
            f"the loss ran away in epoch {progress.epoch + 1}: it is {loss:.4g} at learning rate "
            f"{rate:.3g}; try a rate of {rate / 10:.1g} or less"
        )
