"""The report's ColorJitter on a batch of pictures: torchvision's definitions, on tensors.

Definitions: torchvision, `transforms.ColorJitter` and `transforms.functional`. A "blend" with a factor f
is ``f * picture + (1 - f) * other``, cut to 0..1.
"""

import torch
from torch import Tensor

BRIGHTNESS = (0.5, 1.5)
CONTRAST = (0.0, 2.0)
"""The report writes ``contrast=(1)``, which is the number 1, which torchvision reads as 1 - 1 .. 1 + 1."""
SATURATION = (0.5, 1.5)
HUE = (-0.1, 0.1)

_LUMA = (0.2989, 0.587, 0.114)


def jitter(pictures: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Change brightness, contrast, saturation and hue of some pictures, in an order drawn for each.

    Parameters
    ----------
    pictures: float32, shape (B, 3, H, W), 0..1.
    share: probability, for each picture, that it is changed at all.

    Returns
    -------
    new pictures, same shape and range. As many numbers are drawn whatever is chosen.
    """
    batch = len(pictures)
    chosen = torch.rand(batch, generator=random) < share
    ranges = torch.tensor([BRIGHTNESS, CONTRAST, SATURATION, HUE])
    factors = ranges[:, :1] + (ranges[:, 1:] - ranges[:, :1]) * torch.rand(4, batch, generator=random)
    order = torch.rand(batch, 4, generator=random).argsort(dim=1)
    changed = pictures[chosen]
    for turn in order[chosen].T:  # the pictures' first operations, their second ones, ...
        for number, operation in enumerate((brighten, contrast, saturate, turn_hue)):
            if (at := turn == number).any():
                changed[at] = operation(changed[at], factors[number][chosen][at])
    result = pictures.clone()
    result[chosen] = changed
    return result


def brighten(x: Tensor, factor: Tensor) -> Tensor:
    """Blend (B, 3, H, W) with black; factors of shape (B,)."""
    return (x * _each(factor)).clamp(0, 1)


def contrast(x: Tensor, factor: Tensor) -> Tensor:
    """Blend with the mean of the grey picture."""
    return _blend(x, _grey(x).mean(dim=(1, 2, 3), keepdim=True), factor)


def saturate(x: Tensor, factor: Tensor) -> Tensor:
    """Blend with the grey picture."""
    return _blend(x, _grey(x), factor)


def turn_hue(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the hue of HSV by a share of the circle, -0.5..0.5.

    Value and saturation stay, so that a colour's channels are ``value - chroma * k`` with a k that
    depends on the hue alone.
    """
    value, least = x.amax(dim=1, keepdim=True), x.amin(dim=1, keepdim=True)
    chroma = value - least
    hue = (_hue(x, value, chroma) + _each(turns)) % 1.0
    offsets = torch.tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1)
    k = (offsets + 6 * hue) % 6
    return value - chroma * torch.minimum(k, 4 - k).clamp(0, 1)


def _hue(x: Tensor, value: Tensor, chroma: Tensor) -> Tensor:
    """Return the hue in turns, (B, 1, H, W); of grey 0."""
    red, green, blue = (x[:, channel : channel + 1] for channel in range(3))
    safe = torch.where(chroma == 0, 1.0, chroma)
    hue = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return hue / 6


def _blend(x: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    ratio = _each(factor)
    return (ratio * x + (1 - ratio) * other).clamp(0, 1)


def _grey(x: Tensor) -> Tensor:
    weights = torch.tensor(_LUMA).view(1, 3, 1, 1)
    return (x * weights).sum(dim=1, keepdim=True)


def _each(factor: Tensor) -> Tensor:
    return factor.view(-1, 1, 1, 1)
