"""Fitting the radial network: kernel logistic regression."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.models.networks import build
from musicai.models.radial import RadialNetwork
from musicai.training.augmentation import crop, one_hot, recolour
from musicai.training.dataset import Dataset
from musicai.training.recipe import Recipe

_LEAST_STD = 1e-6
# Near the optimum, not on it: going on gains nothing on other clips. Rounding (another processor, another
# version) may therefore move an answer or two among hundreds.
_MOST_STEPS = 150


def fit_radial(data: Dataset, recipe: Recipe, seed: int) -> RadialNetwork:
    """Fit a radial network: every clip, and `recipe.copies` variations of it, become centres.

    The output weights minimise the cross entropy plus ``recipe.ridge / 2`` times their squared norm in
    the space of the likeness (kernel logistic regression), by L-BFGS.
    """
    clips, labels = _varied(data, recipe, seed)
    arguments = {**recipe.arguments, "centres": len(clips)}
    network = build("radial", arguments, n_mels=clips.shape[2], genres=len(data.genres))
    assert isinstance(network, RadialNetwork)  # noqa: S101  # for the type checker
    with torch.no_grad():
        statistics = torch.cat([network.statistics(clips[at : at + 64]) for at in range(0, len(clips), 64)])
        # the scale is that of the clips as they are: a few that a low-pass crippled would stretch it
        std, mean = torch.std_mean(statistics[: len(data)], dim=0)
        network.get_buffer("mean").copy_(mean)
        network.get_buffer("std").copy_(std + _LEAST_STD)
        network.get_buffer("centres").copy_((statistics - mean) / (std + _LEAST_STD))
        likeness = network.likeness(network.distance(network.get_buffer("centres")))
    targets = one_hot(labels, len(data.genres), recipe.label_smoothing)
    _solve(network, likeness, targets, recipe.ridge)
    return network.eval()


def _varied(data: Dataset, recipe: Recipe, seed: int) -> tuple[Tensor, Tensor]:
    """Return the clips and their variations, (N * (1 + copies), 1, M, T), and their labels."""
    random = torch.Generator().manual_seed(seed)
    clips, labels = torch.from_numpy(data.spectrograms), torch.from_numpy(data.labels)
    parts = [clips[:, None]]
    for _ in range(recipe.copies):
        # statistics need all the frames that there are
        settings = replace(recipe.augmentation, tempo=0.0)
        varied = crop(clips, clips.shape[2] - 1, settings, random)
        parts.append(recolour(varied, settings, random))
    frames = min(part.shape[3] for part in parts)
    return torch.cat([part[..., :frames] for part in parts]), labels.repeat(len(parts))


def _solve(network: RadialNetwork, likeness: Tensor, targets: Tensor, ridge: float) -> None:
    weights = network.output.weight
    torch.nn.init.zeros_(weights)
    torch.nn.init.zeros_(network.output.bias)
    optimiser = torch.optim.LBFGS(
        network.output.parameters(), max_iter=_MOST_STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        fit = F.cross_entropy(network.output(likeness), targets)
        norm = torch.sum((weights @ likeness) * weights)
        total = fit + ridge * norm / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
