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
    ) -> None:
        super().__init__()
        self.frames, self.threshold, self.centred = frames, threshold, centred
        self.size = 2 * patches
        self.register_buffer("projection", torch.zeros(projected, n_mels, frames))
        self.register_buffer("offset", torch.zeros(projected))
        self.register_buffer("patches", torch.zeros(patches, projected, 1))

    def seen(self, bands: Tensor) -> Tensor:
        """Return the spectrogram as the patches see it, (B, M, T) to (B, M, T)."""
        return bands - bands.mean(dim=2, keepdim=True) if self.centred else bands

    def projected(self, bands: Tensor) -> Tensor:
        """Return every stretch as a vector of length 1, (B, M, T) to (B, projected, T - frames + 1)."""
        z = F.conv1d(self.seen(bands), self.get_buffer("projection"), self.get_buffer("offset"))
        return F.normalize(z, dim=1)

    def forward(self, bands: Tensor) -> Tensor:
        """(B, M, T) to (B, 2 * patches)."""
        likeness = F.conv1d(self.projected(bands), self.get_buffer("patches"))
        heard = likeness.sub_(self.threshold).relu_()  # (B, patches, T')
        mean = heard.mean(dim=2)
        # for one clip a sum of products: torch would copy all squares first
        square = torch.linalg.vector_norm(heard, dim=2).square() / heard.shape[2]
        return torch.cat([(mean + _LEAST_MEAN).log(), (square + _LEAST_SQUARE).log() / 2], dim=1)
