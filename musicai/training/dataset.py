"""Excerpts with their genres, as arrays in memory."""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dataset:
    """Clips of one length with their genres; one row each.

    Parameters
    ----------
    ids: names of the clips, such as ``blues.00042``.
    spectrograms: float32, shape (rows, n_mels, frames); or pictures of them, uint8, shape (rows, 3, S, S).
    labels: int64, shape (rows,), index into `genres`.
    genres: names, in the order of the network's outputs.
    tracks: int64, shape (rows,), which track each row is an excerpt of; by default its own.
    content: digest of what the rows were made from, in bits that are the same on every machine; empty where
        nobody knows.
    """

    ids: tuple[str, ...]
    spectrograms: NDArray[np.float32] | NDArray[np.uint8]
    labels: NDArray[np.int64]
    genres: tuple[str, ...]
    tracks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    content: str = ""

    def __post_init__(self) -> None:
        if len(self.tracks) == 0:
            object.__setattr__(self, "tracks", np.arange(len(self.ids), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, indices: NDArray[np.int64]) -> "Dataset":
        """Return the clips at `indices`, in that order."""
        ids = tuple(self.ids[i] for i in indices)
        return Dataset(
            ids,
            self.spectrograms[indices],
            self.labels[indices],
            self.genres,
            self.tracks[indices],
            self.content,
        )

    @property
    def picture_size(self) -> int | None:
        """Side of the pictures in pixels; None: the rows are spectrograms."""
        return self.spectrograms.shape[2] if self.spectrograms.ndim == 4 else None

    @property
    def digest(self) -> str:
        """SHA-256 of names, genres and content; not of the numbers, whose last bits a machine decides."""
        rows = [self.genres, self.ids, self.labels.tolist(), self.tracks.tolist(), self.spectrograms.shape]
        rows += [self.content] if self.content else []
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def join(one: Dataset, other: Dataset) -> Dataset:
    """Return the clips of both, cut to the length of the shorter ones; genres are the first one's."""
    length = min(one.spectrograms.shape[-1], other.spectrograms.shape[-1])
    clips = np.concatenate([one.spectrograms[..., :length], other.spectrograms[..., :length]])
    tracks = np.concatenate([one.tracks, other.tracks + one.tracks.max() + 1])
    labels = np.concatenate([one.labels, other.labels])
    return Dataset(one.ids + other.ids, clips, labels, one.genres, tracks, one.content + other.content)
