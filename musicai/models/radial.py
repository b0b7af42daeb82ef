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
        self.output = nn.Linear(centres, genres)

    def standardised(self, x: Tensor) -> Tensor:
        """Return the statistics with mean 0 and standard deviation 1 over the known tracks, (B, size)."""
        return (self.statistics(x) - self.get_buffer("mean")) / self.get_buffer("std")  # type: ignore[no-any-return]

    def likeness(self, standardised: Tensor) -> Tensor:
        """Return how near each centre is, (B, centres), 0..1."""
        centres = self.get_buffer("centres")
        distance = torch.cdist(standardised, centres).square() / centres.shape[1]
        return torch.exp(-self.sharpness * distance)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        return self.output(self.likeness(self.standardised(x)))  # type: ignore[no-any-return]
