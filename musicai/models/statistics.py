"""Statistics of a spectrogram over time: how a track sounds on average, how it moves, and how it beats."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

_LEAST_VARIANCE = 1e-4
_LEAST_MODULATION = 1e-3
_MOST_SKEWNESS = 4.0
_MOST_KURTOSIS = 12.0
# 512 frames at a hop of 1920 samples: modulations are seen in steps of 0.022 Hz (1.3 beats per minute)
_MODULATION_FFT = 512
_SKIPPED_MODULATIONS = 2  # the slowest are the fades of an excerpt, not its beat
_MERGED_MODULATIONS = 11
_MOST_MODULATIONS = (_MODULATION_FFT // 2 + 1 - _SKIPPED_MODULATIONS) // _MERGED_MODULATIONS


class Statistics(nn.Module):
    """A fixed layer without weights, (B, 1, M, T) to (B, size).

    It computes the cepstrum (cosine transform over the bands, which takes their correlation away) and
    returns means and log standard deviations of its coefficients, log standard deviations of their
    change from frame to frame, their skewness and log kurtosis, correlations among the lowest of them, the
    skewness of every band, and the log modulation spectrum of the rises in a few groups of bands.

    Parameters
    ----------
    n_mels: bands of the spectrogram; a multiple of `groups`.
    cepstrum: coefficients, at most `n_mels`.
    correlated: the lowest coefficients, whose correlations are taken.
    groups: groups of bands for the modulation spectrum.
    modulations: cells of the modulation spectrum, each 11 steps wide.

    Raises
    ------
    ValueError: a number is out of its bounds.
    """

    def __init__(
        self,
        n_mels: int,
        *,
        cepstrum: int = 80,
        correlated: int = 20,
        groups: int = 8,
        modulations: int = 18,
    ) -> None:
        super().__init__()
        if not 0 < correlated <= cepstrum <= n_mels:
            raise ValueError(f"0 < correlated <= cepstrum <= {n_mels} does not hold")
        if groups < 1 or n_mels % groups:
            raise ValueError(f"{n_mels} bands cannot be divided into {groups} groups")
        if not 0 < modulations <= _MOST_MODULATIONS:
            raise ValueError(f"modulations must be 1 to {_MOST_MODULATIONS}")
        pairs = torch.triu_indices(correlated, correlated, 1)
        self.register_buffer("cosines", _cosines(cepstrum, n_mels), persistent=False)
        self.register_buffer("pairs", pairs, persistent=False)
        self.correlated, self.groups, self.modulations = correlated, groups, modulations
        self.size = 5 * cepstrum + pairs.shape[1] + n_mels + groups * modulations

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to (B, size); T from 3 on."""
        bands = x[:, 0].float()
        cepstrum = self.get_buffer("cosines") @ bands
        shape = _Shape.of(cepstrum)
        parts = [
            shape.mean,
            shape.spread.log(),
            _Shape.of(cepstrum.diff(dim=2)).spread.log(),
            self._correlations(shape),
            _Shape.of(bands).skewness,
            shape.skewness,
            shape.kurtosis.log(),
            self._modulations(bands),
        ]
        return torch.cat(parts, dim=1)

    def _correlations(self, shape: "_Shape") -> Tensor:
        z = shape.centred[:, : self.correlated] / shape.spread[:, : self.correlated, None]
        first, second = self.get_buffer("pairs")
        return (z @ z.transpose(1, 2) / z.shape[2])[:, first, second]

    def _modulations(self, bands: Tensor) -> Tensor:
        batch, n_mels, frames = bands.shape
        rises = F.relu(bands.diff(dim=2)).view(batch, self.groups, n_mels // self.groups, frames - 1)
        rises, frames = rises.mean(dim=2), frames - 1  # (B, groups, T-1)
        rises = (rises - rises.mean(dim=2, keepdim=True)) * _window(frames)
        spectrum = torch.fft.rfft(rises, n=_MODULATION_FFT, dim=2).abs() * (2 / math.sqrt(frames))
        cells = spectrum[..., _SKIPPED_MODULATIONS:][..., : _MERGED_MODULATIONS * self.modulations]
        cells = cells.reshape(batch, self.groups * self.modulations, _MERGED_MODULATIONS).mean(dim=2)
        logarithms: Tensor = (cells + _LEAST_MODULATION).log()
        return logarithms


@lru_cache(maxsize=64)
def _window(frames: int) -> Tensor:
    return torch.hann_window(frames)


def _cosines(coefficients: int, n: int) -> Tensor:
    """Return the orthonormal cosine transform (DCT-II), shape (coefficients, n)."""
    order, place = torch.arange(coefficients)[:, None], torch.arange(n)[None]
    matrix = torch.cos(math.pi * (place + 0.5) * order / n) * math.sqrt(2 / n)
    matrix[0] /= math.sqrt(2)
    return matrix


@dataclass(frozen=True)
class _Shape:
    """How the values of each row are spread over time; all moments from the same powers.

    Parameters
    ----------
    centred: values less their mean, (B, M, T), and `squares` of them.
    mean, spread: mean and standard deviation, kept off zero, (B, M).
    """

    centred: Tensor
    squares: Tensor
    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, x: Tensor) -> "_Shape":
        # torch's own var() takes ten times as long as these sums
        mean = x.mean(dim=2)
        centred = x - mean[..., None]
        squares = centred * centred
        return cls(centred, squares, mean, (squares.mean(dim=2) + _LEAST_VARIANCE).sqrt())

    @property
    def skewness(self) -> Tensor:
        third = (self.squares * self.centred).mean(dim=2) / self.spread**3
        return third.clamp(-_MOST_SKEWNESS, _MOST_SKEWNESS)

    @property
    def kurtosis(self) -> Tensor:
        fourth = (self.squares * self.squares).mean(dim=2) / self.spread**4
        return fourth.clamp(_LEAST_VARIANCE, _MOST_KURTOSIS)
