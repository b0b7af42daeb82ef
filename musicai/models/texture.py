"""A linear classifier on the texture of a spectrogram: its statistics and its patches."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from musicai.models.bandwidth import Bandwidth
from musicai.models.clips import Floats, clip_by_clip
from musicai.models.patches import PatchBank
from musicai.models.statistics import Statistics

_MOST_BANKS = 16
_LEAST_STRANGENESS = 1e-6


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
        return clip_by_clip(self.features_of, x[:, 0])

    def features_of(self, bands: Floats) -> Floats:
        """Return the features of one spectrogram, (M, T) to (sum of sizes,)."""
        bands = self.bandwidth.of(bands)
        return np.concatenate(
            [self.statistics.of(bands), *(cast("PatchBank", bank).of(bands) for bank in self.banks)]
        )

    def embed(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to what the answer weighs, (B, sum of sizes)."""
        return self.weighed(self.features(x))

    def weighed(self, features: Tensor) -> Tensor:
        """Return features as the answer weighs them: standardised, and cut off."""
        return torch.from_numpy(self._cut_off(self._standardised(features.numpy())))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        return clip_by_clip(self.of, x[:, 0])

    def of(self, bands: Floats) -> Floats:
        """Return the logits of one spectrogram, (M, T) to (genres,)."""
        standardised = self._standardised(self.features_of(bands))
        weighed = self._cut_off(standardised)
        logits = share_out(_linear(self.output, weighed), _linear(self.no_music, weighed))
        if self.familiar is None:
            return logits
        strangeness = math.sqrt(standardised @ standardised / len(standardised))
        return logits * min(1.0, self.familiar / max(strangeness, _LEAST_STRANGENESS))

    def _standardised(self, features: Floats) -> Floats:
        """Give features mean 0 and standard deviation 1 over the music that was learned from."""
        scaled: Floats = (features - self.get_buffer("mean").numpy()) / self.get_buffer("std").numpy()
        return scaled

    def _cut_off(self, standardised: Floats) -> Floats:
        return standardised.clip(-self.most, self.most)


def share_out(genres: Floats, other: Floats) -> Floats:
    """Give the probability of another output to all genres alike; logits of shape (genres,) and (1,)."""
    shared: Floats = np.logaddexp(genres, other - math.log(len(genres)))
    return shared


def _linear(layer: nn.Linear, features: Floats) -> Floats:
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    logits: Floats = weight @ features + bias
    return logits
