"""Statistics of a spectrogram over time: how a track sounds on average, how it moves, and how it beats."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from scipy import fft
from torch import Tensor, nn

from musicai.models.clips import Floats, centred, clip_by_clip, over_time

_LEAST_VARIANCE = 1e-4
_LEAST_MODULATION = 1e-3
_MOST_SKEWNESS = 4.0
_LEAST_KURTOSIS, _MOST_KURTOSIS = 1e-4, 12.0
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
        low, high = np.triu_indices(correlated, 1)
        self.cosines, self.pairs = _cosines(cepstrum, n_mels), low * correlated + high
        self.correlated, self.groups, self.modulations = correlated, groups, modulations
        self.size = 5 * cepstrum + len(low) + n_mels + groups * modulations

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to (B, size); T from 3 on."""
        return clip_by_clip(self.of, x[:, 0])

    def of(self, bands: Floats) -> Floats:
        """Return the statistics of one spectrogram, (M, T) to (size,)."""
        cepstrum = self.cosines @ bands
        shape = _Shape.of(cepstrum)
        parts = [
            shape.mean,
            np.log(shape.spread),
            np.log(_spread_of_steps(cepstrum)),
            self._correlations(shape),
            _Shape.of(bands).skewness,
            shape.skewness,
            np.log(shape.kurtosis),
            self._modulations(bands),
        ]
        return np.concatenate(parts)

    def _correlations(self, shape: "_Shape") -> Floats:
        low, scale = shape.centred[: self.correlated], shape.spread[: self.correlated]
        matrix: Floats = (low @ low.T) / (low.shape[1] * np.multiply.outer(scale, scale))
        return matrix.take(self.pairs)

    def _modulations(self, bands: Floats) -> Floats:
        steps = np.diff(bands)
        rises = np.add.reduce(steps.clip(0, np.inf).reshape(self.groups, -1, steps.shape[1]), axis=1)
        window = _window(steps.shape[1]) * (self.groups / len(bands))
        rises = centred(rises) * window
        last = _SKIPPED_MODULATIONS + _MERGED_MODULATIONS * self.modulations
        spectrum = np.abs(fft.rfft(rises, _MODULATION_FFT)[:, _SKIPPED_MODULATIONS:last])
        cells = over_time(spectrum.reshape(-1, _MERGED_MODULATIONS))
        logarithms: Floats = np.log(cells + _LEAST_MODULATION)
        return logarithms


@lru_cache(maxsize=64)
def _window(frames: int) -> Floats:
    """Return a Hann window that leaves the spectrum of a steady beat as it is, whatever its length."""
    window: Tensor = torch.hann_window(frames) * (2 / math.sqrt(frames))
    return window.numpy()


def _spread_of_steps(rows: Floats) -> Floats:
    """Return the standard deviation of what changes from frame to frame, kept off zero, (R, T) to (R,)."""
    steps = np.diff(rows)
    variance = np.vecdot(steps, steps) / steps.shape[1] - over_time(steps) ** 2
    spread: Floats = np.sqrt(variance + _LEAST_VARIANCE)
    return spread


def _cosines(coefficients: int, n: int) -> Floats:
    """Return the orthonormal cosine transform (DCT-II), shape (coefficients, n)."""
    order, place = np.arange(coefficients)[:, None], np.arange(n)[None]
    matrix = np.cos(math.pi * (place + 0.5) * order / n) * math.sqrt(2 / n)
    matrix[0] /= math.sqrt(2)
    return matrix.astype(np.float32)


class _Shape(NamedTuple):
    """How the values of each row are spread over time.

    Parameters
    ----------
    centred: values less their mean, (R, T).
    mean, spread: mean and standard deviation, kept off zero, (R,).
    skewness, kurtosis: within the bounds that the network is used to, (R,).
    """

    centred: Floats
    mean: Floats
    spread: Floats
    skewness: Floats
    kurtosis: Floats

    @classmethod
    def of(cls, rows: Floats) -> "_Shape":
        mean, frames = over_time(rows), rows.shape[1]
        deviations = rows - mean[:, None]
        squares = deviations * deviations
        variance = over_time(squares) + _LEAST_VARIANCE
        spread = np.sqrt(variance)
        skewness = np.vecdot(squares, deviations) / (frames * variance * spread)
        kurtosis = np.vecdot(squares, squares) / (frames * variance * variance)
        return cls(
            deviations,
            mean,
            spread,
            skewness.clip(-_MOST_SKEWNESS, _MOST_SKEWNESS),
            kurtosis.clip(_LEAST_KURTOSIS, _MOST_KURTOSIS),
        )
