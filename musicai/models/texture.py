"""A linear classifier on the texture of a spectrogram: its statistics and its patches."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from musicai.models.bandwidth import Bandwidth
from musicai.models.patches import PatchBank
from musicai.models.statistics import Statistics

_MOST_BANKS = 16


class TextureNetwork(nn.Module):
    """Weighs how a track sounds on average, how it moves and beats, and which patches it holds.

    (B, 1, M, T) to logits. An output beside those of the genres stands for "no music"; the share that it
    takes is handed to all genres alike, so that noise and speech get no confident genre.

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    genres: number of genres.
    banks: arguments of each `PatchBank`.
    statistics: arguments of `Statistics`.
    most: what features may differ from the mean, in standard deviations; more is cut off, lest one odd
        feature outvote all others.
    familiar: how far from the mean of music all features together may be (root of the mean square) before
        logits shrink in proportion: what resembles nothing known gets no confident answer.

    Raises
    ------
    ValueError: a number is out of its bounds.
    """

    def __init__(
        self,
        n_mels: int,
        genres: int,
        *,
        banks: Sequence[Mapping[str, Any]],
        statistics: Mapping[str, Any] | None = None,
        most: float = 4.0,
        familiar: float | None = None,
    ) -> None:
        super().__init__()
        if len(banks) > _MOST_BANKS:
            raise ValueError(f"more than {_MOST_BANKS} banks")
        self.bandwidth = Bandwidth(n_mels)
        self.statistics = Statistics(n_mels, **(statistics or {}))
        self.banks = nn.ModuleList(PatchBank(n_mels, **bank) for bank in banks)
        self.sizes = (self.statistics.size, *(2 * int(bank["patches"]) for bank in banks))
        self.most, self.familiar = most, familiar
        self.register_buffer("mean", torch.zeros(sum(self.sizes)))
        self.register_buffer("std", torch.ones(sum(self.sizes)))
        self.no_music = nn.Linear(sum(self.sizes), 1)
        self.output = nn.Linear(sum(self.sizes), genres)

    def features(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to (B, sum of sizes), as they are."""
        bands = self.bandwidth(x[:, 0].float())
        return torch.cat([self.statistics(bands[:, None]), *(bank(bands) for bank in self.banks)], dim=1)

    def standardised(self, features: Tensor) -> Tensor:
        """Return features with mean 0 and standard deviation 1 over the music that was learned from."""
        return (features - self.get_buffer("mean")) / self.get_buffer("std")

    def embed(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to what the answer weighs, (B, sum of sizes)."""
        return self.weighed(self.features(x))

    def weighed(self, features: Tensor) -> Tensor:
        """Return features as the answer weighs them: standardised, and cut off."""
        return self._cut_off(self.standardised(features))

    def answer(self, standardised: Tensor) -> Tensor:
        """Return logits of the genres and, last, of "no music", (B, genres + 1)."""
        inputs = self._cut_off(standardised)
        return torch.cat([self.output(inputs), self.no_music(inputs)], dim=1)

    def _cut_off(self, standardised: Tensor) -> Tensor:
        return standardised.clamp(-self.most, self.most)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        standardised = self.standardised(self.features(x))
        logits = share_out(self.answer(standardised))
        if self.familiar is None:
            return logits
        strangeness = standardised.square().mean(dim=1, keepdim=True).sqrt()
        return logits * (self.familiar / strangeness.clamp(min=1e-6)).clamp(max=1.0)


def share_out(logits: Tensor) -> Tensor:
    """Give the probability of the last output to all others alike, (B, genres + 1) to (B, genres)."""
    logs = F.log_softmax(logits, dim=1)
    genres, other = logs[:, :-1], logs[:, -1:]
    return torch.logaddexp(genres, other - math.log(genres.shape[1]))
