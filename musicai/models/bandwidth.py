"""Bands that a file does not have: found, and filled with what the bands below them suggest."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicai.models.clips import Floats, centred, clip_by_clip

_LEAST_STD = np.float32(1e-6)


class Bandwidth(nn.Module):
    """Fills the highest bands where nothing ever sounds, (B, M, T) to (B, M, T).

    A low sample rate or a thrifty codec leaves them empty. So deep do they lie that they would also move
    the mean and stretch the scale of all others. Here they become a mirror image of the bands below the
    edge, at the level that music has there on average (as spectral band replication does in codecs), and
    the whole is scaled anew to mean 0 and standard deviation 1. Spectrograms without empty bands pass
    unchanged.

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    most: the greatest share of the bands that may be empty.
    still: a band is empty that moves less than this share of what the median band moves, if all above it
        are empty too.
    """

    def __init__(self, n_mels: int, *, most: float = 0.3, still: float = 0.15) -> None:
        super().__init__()
        self.still, self.safe = still, n_mels - int(n_mels * most)
        self.register_buffer("profile", torch.zeros(n_mels))

    def learn(self, clips: Tensor) -> None:
        """Take the mean level of every band from music, shape (clips, M, T)."""
        levels = [self._scaled(clip).mean(axis=1) for clip in clips.numpy()]
        self.get_buffer("profile").copy_(torch.from_numpy(np.stack(levels)).mean(dim=0))

    def forward(self, bands: Tensor) -> Tensor:
        """(B, M, T) to (B, M, T)."""
        return clip_by_clip(self.of, bands)

    def of(self, bands: Floats) -> Floats:
        """Return one spectrogram with its bands filled, (M, T) to (M, T); itself where none is empty."""
        empty = self._empty(bands)
        return self._filled(bands, self._edge(empty)) if empty[-1] else bands

    def _empty(self, bands: Floats) -> NDArray[np.bool_]:
        """Tell which bands hardly move, (M,)."""
        level = centred(bands)
        moves = np.sqrt(np.vecdot(level, level))
        empty: NDArray[np.bool_] = moves < self.still * np.sort(moves)[(len(moves) - 1) // 2]
        return empty

    def _edge(self, empty: NDArray[np.bool_]) -> int:
        """Return the number of bands before the empty ones at the top."""
        sounding = np.flatnonzero(~empty)
        first = int(sounding[-1]) + 1 if len(sounding) else 0
        # the slope of a filter reaches into the last band or two that still move
        return max(first - 2, self.safe)

    def _filled(self, bands: Floats, edge: int) -> Floats:
        filled, profile = self._scaled(bands), self.get_buffer("profile").numpy()
        source = np.arange(edge - 1, 2 * edge - 1 - len(bands), -1)
        filled[edge:] = filled[source] + (profile[edge:] - profile[source])[:, None]
        rescaled: Floats = (filled - filled.mean()) / (filled.std() + _LEAST_STD)
        return rescaled

    def _scaled(self, bands: Floats) -> Floats:
        """Scale by the bands that are never filled; what an empty one does to the scale is undone."""
        sounding = bands[: self.safe]
        scaled: Floats = (bands - sounding.mean()) / (sounding.std() + _LEAST_STD)
        return scaled
