"""Fitting the texture network: patches by spherical k-means, weights by logistic regression."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.models.networks import build
from musicai.models.patches import PatchBank
from musicai.models.texture import TextureNetwork
from musicai.training.augmentation import one_hot
from musicai.training.dataset import Dataset
from musicai.training.recipe import Recipe
from musicai.training.variations import copies, narrow, parts

_LEAST_STD = 1e-2  # of a feature: one that never moves (the mean over all bands) would only show rounding
_SAMPLED = 20_000
_STEP = 3  # frames from one sampled patch to the next: neighbours are almost the same
_WHITENING = 0.05  # added to every deviation, so that whitening does not blow up what is mostly noise
_ROUNDS = 12
_MOST_STEPS = 120


def fit_texture(data: Dataset, negatives: NDArray[np.float32], recipe: Recipe, seed: int) -> TextureNetwork:
    """Fit a texture network to clips, and to sounds that are no music, shape (n, n_mels, frames).

    The patches are learned from the clips; the output weights from clips, negatives and their
    variations, by L-BFGS on the cross entropy, plus ``recipe.ridge / 2`` times the squared norm of the
    weights, where statistics and every bank count alike as groups; plus ``recipe.consistency / 2`` times
    the mean square by which logits of a clip's variations differ from their mean, and ``recipe.narrow /
    2`` times that by which those of a copy of 16 kHz differ from the clip's.
    """
    random = torch.Generator().manual_seed(seed)
    network = build("texture", recipe.arguments, n_mels=data.spectrograms.shape[1], genres=len(data.genres))
    assert isinstance(network, TextureNetwork)  # noqa: S101  # for the type checker
    clips = torch.from_numpy(data.spectrograms)
    network.bandwidth.learn(clips)
    for bank in network.banks:
        assert isinstance(bank, PatchBank)  # noqa: S101
        _learn_patches(bank, clips, random)
    music = [_features(network, each) for each in _varied(clips, recipe, random)]
    sounds = torch.from_numpy(negatives)
    varied_sounds = [sounds, *copies(sounds, recipe, random)] if len(sounds) else []
    others = [_features(network, each) for each in varied_sounds]
    std, mean = torch.std_mean(music[0], dim=0)
    network.get_buffer("mean").copy_(mean)
    network.get_buffer("std").copy_(std.clamp(min=_LEAST_STD))
    seen = torch.stack([network.weighed(each) for each in music])  # (variations, clips, features)
    inputs = torch.cat([*seen, *map(network.weighed, others)])
    labels = torch.full((len(inputs),), len(data.genres))
    labels[: len(music) * len(clips)] = torch.from_numpy(data.labels).repeat(len(music))
    targets = one_hot(labels, len(data.genres) + 1, recipe.label_smoothing)
    straying = recipe.consistency * _spread(seen)
    if recipe.narrow:
        straying += recipe.narrow * _moments(network.weighed(_features(network, narrow(clips))) - seen[0])
    _solve(network, inputs, targets, recipe.ridge, straying)
    return network.eval()


def _varied(clips: Tensor, recipe: Recipe, random: torch.Generator) -> Iterator[Tensor]:
    yield clips
    yield from copies(clips, recipe, random)
    if recipe.parts:
        yield from parts(clips)


def _features(network: TextureNetwork, clips: Tensor) -> Tensor:
    with torch.inference_mode():
        return torch.cat([network.features(clips[at : at + 16, None]) for at in range(0, len(clips), 16)])


def _spread(seen: Tensor) -> Tensor:
    """Return how the variations of a clip differ from their mean, (variations, clips, n) to (n, n)."""
    return _moments((seen - seen.mean(dim=0)).flatten(0, 1))


def _moments(rows: Tensor) -> Tensor:
    return rows.T @ rows / len(rows)


def _learn_patches(bank: PatchBank, clips: Tensor, random: torch.Generator) -> None:
    seen = torch.from_numpy(np.stack([bank.seen(clip) for clip in clips.numpy()]))
    sample = seen.unfold(2, bank.frames, _STEP).permute(0, 2, 1, 3).flatten(2).flatten(0, 1)
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


def _solve(
    network: TextureNetwork, inputs: Tensor, targets: Tensor, ridge: float, straying: Tensor
) -> None:
    scale = torch.cat([torch.full((size,), (size * len(network.sizes)) ** -0.5) for size in network.sizes])
    inputs, straying = inputs * scale, straying * scale * scale[:, None]
    weights = torch.zeros(targets.shape[1], inputs.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=_MOST_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        held = ridge * weights.square().sum() + (weights @ straying * weights).sum()
        total = F.cross_entropy(inputs @ weights.T + bias, targets) + held / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        network.output.weight.copy_((weights * scale)[:-1])
        network.output.bias.copy_(bias[:-1])
        network.no_music.weight.copy_((weights * scale)[-1:])
        network.no_music.bias.copy_(bias[-1:])
