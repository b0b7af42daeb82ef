"""Fitting the texture network: patches by spherical k-means, weights by logistic regression."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.models.networks import build
from musicai.models.patches import PatchBank
from musicai.models.texture import TextureNetwork
from musicai.training.augmentation import crop, one_hot, recolour
from musicai.training.dataset import Dataset
from musicai.training.recipe import Recipe

_LEAST_STD = 1e-2  # of a feature: one that never moves (the mean over all bands) would only show rounding
_SAMPLED = 20_000
_STEP = 3  # frames from one sampled patch to the next: neighbours are almost the same
_WHITENING = 0.05  # added to every deviation, so that whitening does not blow up what is mostly noise
_ROUNDS = 12
_MOST_STEPS = 120
_SHORTEST = 0.4  # of a clip: what a variation keeps at least


def fit_texture(data: Dataset, negatives: NDArray[np.float32], recipe: Recipe, seed: int) -> TextureNetwork:
    """Fit a texture network to clips, and to sounds that are no music, shape (n, n_mels, frames).

    The patches are learned from the clips; the output weights from clips, negatives and
    ``recipe.copies`` variations of each, by L-BFGS on the cross entropy plus ``recipe.ridge / 2`` times
    the squared norm of the weights, where statistics and every bank count alike as groups.
    """
    random = torch.Generator().manual_seed(seed)
    network = build("texture", recipe.arguments, n_mels=data.spectrograms.shape[1], genres=len(data.genres))
    assert isinstance(network, TextureNetwork)  # noqa: S101  # for the type checker
    clips = torch.from_numpy(data.spectrograms)
    network.bandwidth.learn(clips)
    for bank in network.banks:
        assert isinstance(bank, PatchBank)  # noqa: S101
        _learn_patches(bank, clips, random)
    labels = torch.cat([torch.from_numpy(data.labels), torch.full((len(negatives),), len(data.genres))])
    everything = torch.cat([clips, torch.from_numpy(negatives)]) if len(negatives) else clips
    features = torch.cat([_features(network, z) for z in _varied(everything, recipe, random)])
    std, mean = torch.std_mean(features[: len(clips)], dim=0)
    network.get_buffer("mean").copy_(mean)
    network.get_buffer("std").copy_(std.clamp(min=_LEAST_STD))
    inputs = network.standardised(features).clamp(-network.most, network.most)
    targets = one_hot(labels, len(data.genres) + 1, recipe.label_smoothing).repeat(recipe.copies + 1, 1)
    _solve(network, inputs, targets, recipe.ridge)
    return network.eval()


def _features(network: TextureNetwork, clips: Tensor) -> Tensor:
    with torch.inference_mode():
        return torch.cat([network.features(clips[at : at + 16, None]) for at in range(0, len(clips), 16)])


def _varied(clips: Tensor, recipe: Recipe, random: torch.Generator) -> list[Tensor]:
    """Return the clips, and variations of all: of another colour, and every second time shorter."""
    parts = [clips]
    length = clips.shape[2]
    for number in range(recipe.copies):
        frames = (
            length - 1
            if number % 2 == 0
            else int(length * (_SHORTEST + 0.3 * torch.rand(1, generator=random)))
        )
        settings = replace(recipe.augmentation, tempo=0.0)
        varied = recolour(crop(clips, frames, settings, random), settings, random)[:, 0]
        std, mean = torch.std_mean(varied, dim=(1, 2), keepdim=True)
        parts.append((varied - mean) / (std + 1e-6))  # as the front end would
    return parts


def _learn_patches(bank: PatchBank, clips: Tensor, random: torch.Generator) -> None:
    sample = bank.seen(clips).unfold(2, bank.frames, _STEP).permute(0, 2, 1, 3).flatten(2).flatten(0, 1)
    sample = sample[torch.randperm(len(sample), generator=random)[:_SAMPLED]]
    projection, offset = _whitening(sample, len(bank.get_buffer("offset")))
    vectors = F.normalize(sample @ projection.T + offset, dim=1)
    bank.get_buffer("projection").copy_(projection.view_as(bank.get_buffer("projection")))
    bank.get_buffer("offset").copy_(offset)
    bank.get_buffer("patches").copy_(_spherical_means(vectors, bank.size // 2, random)[..., None])


def _whitening(sample: Tensor, dimensions: int) -> tuple[Tensor, Tensor]:
    """Return projection, (dimensions, size), and offset that give a sample mean 0 and like spread."""
    mean = sample.mean(dim=0)
    _, values, vectors = torch.linalg.svd(sample - mean, full_matrices=False)
    spread = values[:dimensions] / len(sample) ** 0.5
    projection = vectors[:dimensions] / (spread + _WHITENING)[:, None]
    return projection, -projection @ mean


def _spherical_means(vectors: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return the centres of clusters of vectors of length 1, (count, dimensions); their length is 1."""
    centres = vectors[torch.randperm(len(vectors), generator=random)[:count]].clone()
    for _ in range(_ROUNDS):
        nearest = (vectors @ centres.T).argmax(dim=1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, vectors)
        filled = sums.norm(dim=1, keepdim=True) > 1e-3
        centres = torch.where(filled, F.normalize(sums, dim=1), centres)
    return centres


def _solve(network: TextureNetwork, inputs: Tensor, targets: Tensor, ridge: float) -> None:
    scale = torch.cat([torch.full((size,), (size * len(network.sizes)) ** -0.5) for size in network.sizes])
    inputs = inputs * scale
    weights = torch.zeros(targets.shape[1], inputs.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=_MOST_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        total = F.cross_entropy(inputs @ weights.T + bias, targets) + ridge * weights.square().sum() / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        network.output.weight.copy_((weights * scale)[:-1])
        network.output.bias.copy_(bias[:-1])
        network.no_music.weight.copy_((weights * scale)[-1:])
        network.no_music.bias.copy_(bias[-1:])
