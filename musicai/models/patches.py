"""Which of many learned patches of a spectrogram a track holds, and how much of each."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import as_strided
from torch import Tensor, nn

from musicai.models.clips import Floats, centred, clip_by_clip, over_time

_LEAST_MEAN = np.float32(1e-3)
_LEAST_SQUARE = np.float32(1e-6)
_LEAST_LENGTH = np.float32(1e-12)


class PatchBank(nn.Module):
    """Compares every few frames with learned patches, (B, M, T) to (B, 2 * patches).

    Each stretch of `frames` frames over all bands is projected, scaled to length 1, and compared with
    the patches; what exceeds `threshold` counts. Over time, the log of its mean and of its root mean
    square remain. (Coates, Lee & Ng, "An Analysis of Single-Layer Networks", 2011.)

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    frames: length of a patch.
    patches: how many there are.
    projected: dimensions that patches are compared in.
    threshold: cosine from which on a patch counts as heard.
    centred: take the mean over time off every band first, so that no steady equaliser is heard.
    step: frames from one stretch to the next: neighbours are almost the same, and each costs time.

    Raises
    ------
    ValueError: a number is not positive.
    """

    def __init__(
        self,
        n_mels: int,
        *,
        frames: int,
        patches: int,
        projected: int,
        threshold: float = 0.2,
        centred: bool = False,
        step: int = 1,
    ) -> None:
        super().__init__()
        if min(frames, patches, projected, step) < 1:
            raise ValueError("frames, patches, projected and step must be at least 1")
        self.frames, self.threshold, self.centred, self.step = frames, threshold, centred, step
        self.size = 2 * patches
        self.register_buffer("projection", torch.zeros(projected, n_mels, frames))
        self.register_buffer("offset", torch.zeros(projected))
        self.register_buffer("patches", torch.zeros(patches, projected, 1))
        self.matrices: _Matrices | None = None

    def forward(self, bands: Tensor) -> Tensor:
        """(B, M, T) to (B, 2 * patches)."""
        return clip_by_clip(self.of, bands)

    def of(self, bands: Floats) -> Floats:
        """Return how much of each patch one spectrogram holds, (M, T) to (2 * patches,)."""
        matrices = self.matrices or self._matrices()
        vectors = self._projected(bands, matrices)
        heard = vectors @ matrices.patches
        heard.clip(0, np.inf, out=heard)  # (count, patches); maximum() takes three times as long
        mean, square = over_time(heard.T), over_time(np.multiply(heard, heard, out=heard).T)
        return np.concatenate([np.log(mean + _LEAST_MEAN), np.log(square + _LEAST_SQUARE) / 2])

    def projected(self, bands: Floats) -> Floats:
        """Return every stretch as a vector of length 1, (M, T) to (count, projected)."""
        return self._projected(bands, self._matrices())[:, :-1]

    def seen(self, bands: Floats) -> Floats:
        """Return a spectrogram as the patches see it, (M, T) to (M, T)."""
        return centred(bands) if self.centred else bands

    def fold(self) -> None:
        """Lay out for good what only the weights decide."""
        self.matrices = self._matrices()

    def _matrices(self) -> "_Matrices":
        projection = self.get_buffer("projection").permute(2, 1, 0).flatten(0, 1)
        patches = self.get_buffer("patches")[:, :, 0].T
        threshold = torch.full_like(patches[:1], -self.threshold)
        return _Matrices(
            projection.contiguous().numpy(),
            self.get_buffer("offset").numpy(),
            torch.cat([patches, threshold]).numpy(),
        )

    def _projected(self, bands: Floats, matrices: "_Matrices") -> Floats:
        """Return the stretches as vectors of length 1, and a one behind each, (count, projected + 1)."""
        stretches = self._stretches(self.seen(bands))
        vectors = np.ones((len(stretches), len(matrices.patches)), np.float32)
        found = stretches @ matrices.projection + matrices.offset
        length = np.sqrt(np.vecdot(found, found)).clip(_LEAST_LENGTH)
        np.divide(found, length[:, None], out=vectors[:, :-1])
        return vectors

    def _stretches(self, bands: Floats) -> Floats:
        """Return every stretch frame after frame, (M, T) to (count, frames * M); a view of one copy."""
        frames_first = np.ascontiguousarray(bands.T)
        (length, n_mels), (row, column) = frames_first.shape, frames_first.strides
        shape = ((length - self.frames) // self.step + 1, self.frames * n_mels)
        return as_strided(frames_first, shape, (self.step * row, column), writeable=False)


class _Matrices(NamedTuple):
    """The weights as the products of matrices want them.

    Parameters
    ----------
    projection: (frames * M, projected), frame after frame.
    offset: (projected,).
    patches: (projected + 1, patches); the last row takes the threshold off.
    """

    projection: Floats
    offset: Floats
    patches: Floats
