"""Which of many learned patches of a spectrogram a track holds, and how much of each."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

_LEAST_MEAN = 1e-3
_LEAST_SQUARE = 1e-6


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

    def seen(self, bands: Tensor) -> Tensor:
        """Return the spectrogram as the patches see it, (B, M, T) to (B, M, T)."""
        return bands - bands.mean(dim=2, keepdim=True) if self.centred else bands

    def stretches(self, bands: Tensor) -> Tensor:
        """Return every stretch frame by frame, (B, M, T) to (B, count, frames * M); a view of one copy."""
        frames_first = self.seen(bands).transpose(1, 2).contiguous()
        batch, length, n_mels = frames_first.shape
        count = (length - self.frames) // self.step + 1
        return frames_first.as_strided(
            (batch, count, self.frames * n_mels), (length * n_mels, self.step * n_mels, 1)
        )

    def projected(self, bands: Tensor) -> Tensor:
        """Return every stretch as a vector of length 1, (B, M, T) to (B, count, projected)."""
        projection = self.get_buffer("projection").transpose(1, 2).flatten(1)
        return F.normalize(self.stretches(bands) @ projection.T + self.get_buffer("offset"), dim=2)

    def forward(self, bands: Tensor) -> Tensor:
        """(B, M, T) to (B, 2 * patches)."""
        likeness = F.linear(self.projected(bands), self.get_buffer("patches")[:, :, 0])
        heard = likeness.sub_(self.threshold).relu_()  # (B, count, patches)
        mean = heard.mean(dim=1)
        square = heard.square_().mean(dim=1)
        return torch.cat([(mean + _LEAST_MEAN).log(), (square + _LEAST_SQUARE).log() / 2], dim=1)
