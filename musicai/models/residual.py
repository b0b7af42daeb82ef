"""The residual convolutional network."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.fusion import fuse_conv_bn_eval

_LEAST_VARIANCE = 1e-5
_MOST_BLOCKS = 200  # a side-car from anywhere may name a million


class ConvNorm(nn.Module):
    """A convolution and its batch norm, which `fold` merges into one for inference."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, M, T) to (B, outputs, M/stride, T/stride)."""
        return self.norm(self.conv(x))  # type: ignore[no-any-return]

    def fold(self) -> None:
        """Merge the norm into the convolution; the module must be in eval mode."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut; halves both axes when `halve` is set."""

    def __init__(self, inputs: int, outputs: int, *, halve: bool) -> None:
        super().__init__()
        self.first = ConvNorm(inputs, outputs, 3, (2, 2) if halve else (1, 1))
        self.second = ConvNorm(outputs, outputs, 3)
        self.halve = halve
        self.shortcut = ConvNorm(inputs, outputs, 1) if halve or inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, M, T) to (B, outputs, M/2, T/2)."""
        y = self.second(F.relu(self.first(x), inplace=True))
        if self.halve:
            x = F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
        return F.relu(y.add_(self.shortcut(x)), inplace=True)


class ResidualCnn(nn.Module):
    """A fully convolutional residual network; it pools over time, so that any length will do.

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    genres: number of genres.
    stem: channels of the first layer, which halves the bands and keeps the frames.
    widths: channels of each stage; every stage halves bands and frames.
    depth: residual blocks per stage.
    head: channels of the layer that sees all bands of a moment at once.
    dropout: share of the pooled features that training hides.
    """

    def __init__(
        self,
        n_mels: int,
        genres: int,
        *,
        stem: int = 24,
        widths: tuple[int, ...] = (32, 64, 96),
        depth: int = 1,
        head: int = 128,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if len(widths) * depth > _MOST_BLOCKS:
            raise ValueError(f"more than {_MOST_BLOCKS} residual blocks")
        self.stem = ConvNorm(1, stem, 5, (2, 1))
        blocks: list[nn.Module] = []
        inputs, bands = stem, (n_mels + 1) // 2
        for width in widths:
            blocks += [Residual(inputs if i == 0 else width, width, halve=i == 0) for i in range(depth)]
            inputs, bands = width, (bands + 1) // 2
        self.stages = nn.Sequential(*blocks)
        self.moments = ConvNorm(inputs * bands, head, 1)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * head, genres)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        x = F.relu(self.stem(x), inplace=True)  # (B, stem, M/2, T)
        x = self.stages(x)  # (B, C, M/2^(n+1), T/2^n) after n stages
        x = x.flatten(1, 2).unsqueeze(2)  # (B, C * M/2^(n+1), 1, T/2^n)
        x = F.relu(self.moments(x), inplace=True).flatten(2).float()  # (B, head, T/2^n)
        spread = (x.var(dim=2, unbiased=False) + _LEAST_VARIANCE).sqrt()
        pooled = torch.cat([x.mean(dim=2), spread], dim=1)
        return self.output(self.dropout(pooled))  # type: ignore[no-any-return]
