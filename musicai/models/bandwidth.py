"""Bands that a file does not have: found, and filled with what the bands below them suggest."""

import torch
from torch import Tensor, nn

_LEAST_STD = 1e-6


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
        self.get_buffer("profile").copy_(self._scaled(clips).mean(dim=(0, 2)))

    def forward(self, bands: Tensor) -> Tensor:
        """(B, M, T) to (B, M, T)."""
        empty = self._empty(bands)
        if not empty[:, -1].any():  # the highest band sounds
            return bands
        edges = self._edges(empty)
        return torch.stack([self._filled(clip, edge) for clip, edge in zip(bands, edges, strict=True)])

    def _empty(self, bands: Tensor) -> Tensor:
        """Tell which bands hardly move, (B, M)."""
        # torch's own std() takes ten times as long
        moves = torch.linalg.vector_norm(bands - bands.mean(dim=2, keepdim=True), dim=2)
        empty: Tensor = moves < self.still * moves.median(dim=1, keepdim=True).values
        return empty

    def _edges(self, empty: Tensor) -> list[int]:
        """Return the number of bands of each clip before the empty ones."""
        bands = empty.shape[1]
        run = empty[:, self.safe :].flip(1).long().cumprod(dim=1).sum(dim=1)
        # the slope of a filter reaches into the last band or two that still move
        edges = torch.where(run > 0, (bands - run - 2).clamp(min=self.safe), bands)
        return [int(edge) for edge in edges]

    def _filled(self, clip: Tensor, edge: int) -> Tensor:
        count = clip.shape[0] - edge
        if not count:
            return clip
        filled = self._scaled(clip[None])[0]
        profile = self.get_buffer("profile")
        source = torch.arange(edge - 1, edge - 1 - count, -1)
        filled[edge:] = filled[source] + (profile[edge:] - profile[source])[:, None]
        return (filled - filled.mean()) / (filled.std(correction=0) + _LEAST_STD)

    def _scaled(self, clips: Tensor) -> Tensor:
        """Scale by the bands that are never filled; what an empty one does to the scale is undone."""
        std, mean = torch.std_mean(clips[:, : self.safe], dim=(1, 2), keepdim=True, correction=0)
        return (clips - mean) / (std + _LEAST_STD)
