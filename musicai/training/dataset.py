"""The shared GTZAN spectrograms and split lists, as arrays in memory."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from musicai.audio.network_input import input_from_pixels
from musicai.errors import ConfigError
from musicai.front_end import FrontEnd


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
    """

    ids: tuple[str, ...]
    spectrograms: NDArray[np.float32] | NDArray[np.uint8]
    labels: NDArray[np.int64]
    genres: tuple[str, ...]
    tracks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.tracks) == 0:
            object.__setattr__(self, "tracks", np.arange(len(self.ids), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, indices: NDArray[np.int64]) -> "Dataset":
        """Return the clips at `indices`, in that order."""
        ids = tuple(self.ids[i] for i in indices)
        return Dataset(
            ids, self.spectrograms[indices], self.labels[indices], self.genres, self.tracks[indices]
        )

    @property
    def picture_size(self) -> int | None:
        """Side of the pictures in pixels; None: the rows are spectrograms."""
        return self.spectrograms.shape[2] if self.spectrograms.ndim == 4 else None

    @property
    def digest(self) -> str:
        """SHA-256 of names, genres and shape; not of the numbers, whose last bits a machine decides."""
        rows = [self.genres, self.ids, self.labels.tolist(), self.tracks.tolist(), self.spectrograms.shape]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def join(one: Dataset, other: Dataset) -> Dataset:
    """Return the clips of both, cut to the length of the shorter ones; genres are the first one's."""
    length = min(one.spectrograms.shape[-1], other.spectrograms.shape[-1])
    clips = np.concatenate([one.spectrograms[..., :length], other.spectrograms[..., :length]])
    tracks = np.concatenate([one.tracks, other.tracks + one.tracks.max() + 1])
    labels = np.concatenate([one.labels, other.labels])
    return Dataset(one.ids + other.ids, clips, labels, one.genres, tracks)


def read_split(file: Path) -> tuple[str, ...]:
    """Read a list of clip names, one per line."""
    try:
        names = tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"cannot read the split list {file}: {err}") from err
    if not names:
        raise ConfigError(f"the split list {file} names no clip")
    return names


def load_images(
    folder: Path, ids: Sequence[str], front_end: FrontEnd, genres: Sequence[str] | None = None
) -> Dataset:
    """Read ``<genre>/<id>.png`` below `folder`; the label is the part of the name before the first dot.

    Images of unequal length are cut to the shortest. Where the front end asks for pictures, the rows are
    pictures.
    """
    labels = [name.split(".", 1)[0] for name in ids]
    known = tuple(genres) if genres else tuple(sorted(set(labels)))
    if strangers := sorted(set(labels) - set(known)):
        raise ConfigError(f"the split list holds genres that the others lack: {', '.join(strangers)}")
    files = [folder / genre / f"{name}.png" for genre, name in zip(labels, ids, strict=True)]
    with ThreadPoolExecutor(2) as pool:
        clips = list(pool.map(partial(_load, front_end=front_end), files))
    frames = min(clip.shape[-1] for clip in clips)
    stacked: NDArray[Any] = np.stack([clip[..., :frames] for clip in clips])
    return Dataset(
        tuple(ids),
        stacked,
        np.array([known.index(label) for label in labels], dtype=np.int64),
        known,
    )


def _load(file: Path, front_end: FrontEnd) -> NDArray[np.float32] | NDArray[np.uint8]:
    try:
        with Image.open(file) as image:
            return input_from_pixels(np.asarray(image.convert("L")), front_end)
    except (OSError, UnidentifiedImageError) as err:
        raise ConfigError(f"cannot read the spectrogram {file}: {err}") from err
