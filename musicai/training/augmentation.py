"""Random variations of a batch of spectrograms: what a genre survives."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.training.recipe import Augmentation

_EQUALISER_POINTS = 6
_LOW_PASS_REACH = 0.3  # share of the bands that a low-pass may take: down to about 4 kHz
_LOW_PASS_SLOPE = 3  # bands from untouched to gone
_MASKS = 2


def crop(clips: Tensor, frames: int, settings: Augmentation, random: torch.Generator) -> Tensor:
    """Cut a random stretch out of every clip, at a random tempo and pitch.

    Parameters
    ----------
    clips: shape (B, n_mels, T).
    frames: length of the stretches.

    Returns
    -------
    shape (B, 1, n_mels, frames). Cells are taken as they are: interpolating would smooth the noise
    between them, by which percussion and strings differ, and which whole clips do not lose.
    """
    batch, bands, length = clips.shape
    speed = 1 + settings.tempo * (2 * torch.rand(batch, generator=random) - 1)
    span = (frames * speed).clamp(max=length - 1)
    start = torch.rand(batch, generator=random) * (length - 1 - span)
    shift = settings.shift * (2 * torch.rand(batch, generator=random) - 1)
    columns = start[:, None] + span[:, None] * torch.linspace(0, 1, frames)
    rows = torch.arange(bands) + shift[:, None]
    grid = torch.stack(
        [
            (columns / (length - 1) * 2 - 1)[:, None, :].expand(batch, bands, frames),
            (rows / (bands - 1) * 2 - 1)[:, :, None].expand(batch, bands, frames),
        ],
        dim=3,
    )
    return F.grid_sample(clips[:, None], grid, mode="nearest", padding_mode="border", align_corners=True)


def recolour(x: Tensor, settings: Augmentation, random: torch.Generator) -> Tensor:
    """Change equaliser, bandwidth, dynamic range and noise of (B, 1, n_mels, T)."""
    batch, _, bands, _ = x.shape
    points = settings.tilt * torch.randn(batch, 1, _EQUALISER_POINTS, generator=random)
    curve = F.interpolate(points, size=bands, mode="linear", align_corners=True)
    x = x + curve[..., None]
    x = _low_pass(x, settings.low_pass, random)
    spread = 1 + settings.range_change * (2 * torch.rand(batch, 1, 1, 1, generator=random) - 1)
    level = settings.noise * torch.rand(batch, 1, 1, 1, generator=random)
    return x * spread + level * torch.randn(x.shape, generator=random)


def _low_pass(x: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Cut the highest bands of some clips down to a floor, as a low sample rate or a thrifty codec does.

    The front end scales what is left to mean 0 and standard deviation 1, and so does this.
    """
    batch, _, bands, _ = x.shape
    chosen = torch.rand(batch, 1, 1, 1, generator=random) < share
    edge = bands * (1 - _LOW_PASS_REACH * torch.rand(batch, 1, 1, 1, generator=random))
    over = ((torch.arange(bands).view(1, 1, bands, 1) - edge) / _LOW_PASS_SLOPE).clamp(0, 1) * chosen
    depth = 2.0 + 4.0 * torch.rand(batch, 1, 1, 1, generator=random)
    floor = x.amin(dim=(2, 3), keepdim=True) - depth + 0.05 * torch.randn(x.shape, generator=random)
    cut = torch.where(over > 0, (1 - over) * x + over * floor, x)
    std, mean = torch.std_mean(cut, dim=(2, 3), keepdim=True)
    return torch.where(chosen, (cut - mean) / (std + 1e-6), x)


def mask(x: Tensor, settings: Augmentation, random: torch.Generator) -> Tensor:
    """Hide stretches of bands and of frames behind the clip's mean, which is 0."""
    for axis, most in ((2, settings.mask_bands), (3, settings.mask_frames)):
        for _ in range(_MASKS):
            size = x.shape[axis]
            width = most * torch.rand(len(x), generator=random)
            start = (size - width) * torch.rand(len(x), generator=random)
            at = torch.arange(size)
            hidden = (at >= start[:, None]) & (at < (start + width)[:, None])
            shape = (len(x), 1, size, 1) if axis == 2 else (len(x), 1, 1, size)
            x = x.masked_fill(hidden.view(shape), 0.0)
    return x


def mix(x: Tensor, targets: Tensor, alpha: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mix every clip, and its target, with another one of the batch.

    mixup: Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018.
    """
    if alpha <= 0:
        return x, targets
    share = _beta(len(x), alpha, random)
    share = torch.maximum(share, 1 - share)
    other = torch.randperm(len(x), generator=random)
    weight = share.view(-1, 1, 1, 1)
    return weight * x + (1 - weight) * x[other], share[:, None] * targets + (1 - share[:, None]) * targets[
        other
    ]


def _beta(n: int, alpha: float, random: torch.Generator) -> Tensor:
    """Draw from Beta(alpha, alpha), alpha <= 1, by Jöhnk's method: torch's own takes no generator."""
    drawn = torch.empty(0)
    while len(drawn) < n:
        u, v = torch.rand(2, 4 * n, generator=random).log().div(alpha)
        fits = torch.logaddexp(u, v) <= 0
        drawn = torch.cat([drawn, torch.exp(u - torch.logaddexp(u, v))[fits]])
    return drawn[:n]


def one_hot(labels: Tensor, genres: int, smoothing: float) -> Tensor:
    """Return targets of shape (B, genres) that spread `smoothing` evenly over all genres."""
    return F.one_hot(labels, genres) * (1 - smoothing) + smoothing / genres


def one_cycle(step: int, steps: int, peak: float, warm_up: float = 0.15) -> float:
    """Return the learning rate: a linear rise, then half a cosine down to nothing."""
    at = step / max(1, steps)
    if at < warm_up:
        return peak * (0.05 + 0.95 * at / warm_up)
    return peak * (1e-3 + (1 - 1e-3) * 0.5 * (1 + math.cos(math.pi * (at - warm_up) / (1 - warm_up))))
