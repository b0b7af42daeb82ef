"""A network of radial basis functions on the statistics of a spectrogram."""

from typing import Any

import torch
from torch import Tensor, nn

from musicai.models.statistics import Statistics


class RadialNetwork(nn.Module):
    """Compares the statistics of a track with those of known ones; near ones count.

    (B, 1, M, T) to logits ``sum over centres of weight * exp(-sharpness * distance² / size) + bias``.

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    genres: number of genres.
    centres: number of known tracks.
    sharpness: how fast likeness falls with distance.
    statistics: arguments of `Statistics`.
    """

    def __init__(
        self,
        n_mels: int,
        genres: int,
        *,
        centres: int,
        sharpness: float = 0.5,
        statistics: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.statistics = Statistics(n_mels, **(statistics or {}))
        size = self.statistics.size
        self.sharpness = sharpness
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))
        self.register_buffer("centres", torch.zeros(centres, size))
        self.sizes: Tensor | None = None
        self.output = nn.Linear(centres, genres)

    def standardised(self, x: Tensor) -> Tensor:
        """Return the statistics with mean 0 and standard deviation 1 over the known tracks, (B, size)."""
        return (self.statistics(x) - self.get_buffer("mean")) / self.get_buffer("std")  # type: ignore[no-any-return]

    def distance(self, standardised: Tensor) -> Tensor:
        """Return the mean squared difference from each centre, (B, centres), in variances."""
        centres = self.get_buffer("centres")
        sizes = centres.square().sum(dim=1) if self.sizes is None else self.sizes
        # |s - c|² = |s|² + |c|² - 2 s·c: cdist would copy all centres each time
        squares = standardised.square().sum(dim=1, keepdim=True) + sizes
        return torch.addmm(squares, standardised, centres.T, alpha=-2).clamp(min=0) / centres.shape[1]

    def fold(self) -> None:
        """Compute for good what only the centres decide."""
        self.sizes = self.get_buffer("centres").square().sum(dim=1)

    def likeness(self, distance: Tensor) -> Tensor:
        """Return how much each centre counts, 0..1."""
        return torch.exp(-self.sharpness * distance)

    def examine(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, M, T) to logits (B, genres) and the distance from the nearest centre (B, 1)."""
        distance = self.distance(self.standardised(x))
        return self.output(self.likeness(distance)), distance.amin(dim=1, keepdim=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        return self.examine(x)[0]
