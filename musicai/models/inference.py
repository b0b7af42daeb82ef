"""From a spectrogram to calibrated scores."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.folder import check_digest
from musicai.models.networks import build, check_picture_size, fold
from musicai.models.normalise import normalised
from musicai.models.side_car import WEIGHTS_FILE, SideCar, read_side_car

LEAST_FRAMES = 32
"""Shorter spectrograms are repeated until they are as long: a network of few frames sees mostly edges."""


@dataclass(frozen=True)
class Classifier:
    """A network ready for inference, and what is known about it."""

    side_car: SideCar
    network: nn.Module

    def scores(self, excerpt: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the calibrated probabilities of one excerpt.

        Parameters
        ----------
        excerpt: what `audio.network_input` makes with the model's own front end: a spectrogram, float32,
            shape (n_mels, frames); or a picture, uint8, shape (3, picture_size, picture_size).

        Returns
        -------
        float32, shape (genres,), 0..1, sum 1, in the order of `side_car.genres`.

        Raises
        ------
        ModelError: the spectrogram has another number of bands, or no frame; or the picture another size.
        """
        x = self._picture(excerpt) if self.side_car.front_end.picture_size else self._spectrogram(excerpt)
        with torch.inference_mode():
            logits = self.network(x.contiguous(memory_format=torch.channels_last))[0]
            probabilities = torch.softmax(logits / self.side_car.calibration.temperature, dim=0)
        scores: NDArray[np.float32] = probabilities.numpy()
        return scores

    def _spectrogram(self, excerpt: NDArray[Any]) -> Tensor:
        bands = self.side_car.front_end.n_mels
        if excerpt.ndim != 2 or excerpt.shape[0] != bands or excerpt.shape[1] < 1:
            raise ModelError(
                f"model {self.side_car.name} needs spectrograms of shape ({bands}, frames), "
                f"not {excerpt.shape}"
            )
        return normalised(torch.from_numpy(_long_enough(excerpt))[None, None], self.side_car.normalisation)

    def _picture(self, excerpt: NDArray[Any]) -> Tensor:
        side = self.side_car.front_end.picture_size
        if excerpt.shape != (3, side, side) or excerpt.dtype != np.uint8:
            raise ModelError(
                f"model {self.side_car.name} needs pictures of shape (3, {side}, {side}), uint8, "
                f"not {excerpt.shape}, {excerpt.dtype}"
            )
        return normalised(torch.from_numpy(excerpt)[None], self.side_car.normalisation)


def track_scores(excerpts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the scores of a track: the mean over its excerpts' calibrated probabilities."""
    mean: NDArray[np.float64] = np.stack(excerpts).mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def load_classifier(folder: Path) -> Classifier:
    """Load a model; ModelError when its parts do not fit one another. Nothing is ever unpickled."""
    side_car = read_side_car(folder)
    weights = _read_weights(folder / WEIGHTS_FILE, side_car)
    architecture = side_car.architecture
    network = build(
        architecture.name,
        architecture.arguments,
        n_mels=side_car.front_end.n_mels,
        genres=len(side_car.genres),
    )
    check_picture_size(architecture.name, network, side_car.front_end.picture_size)
    _check_shapes(side_car.name, network, weights)
    network.load_state_dict(weights)
    return Classifier(side_car, fold(network.requires_grad_(requires_grad=False)))


def _read_weights(file: Path, side_car: SideCar) -> dict[str, Tensor]:
    try:
        content = file.read_bytes()
    except OSError as err:
        raise ModelError(f"the weights {file} cannot be read: {err.strerror}") from err
    check_digest(file, hashlib.sha256(content).hexdigest(), side_car)
    try:
        return load(content)
    except SafetensorError as err:
        raise ModelError(f"the weights {file} are not in safetensors form: {err}") from err


def _check_shapes(name: str, network: nn.Module, weights: dict[str, Tensor]) -> None:
    expected = {key: (tuple(t.shape), t.dtype) for key, t in network.state_dict().items()}
    found = {key: (tuple(t.shape), t.dtype) for key, t in weights.items()}
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            raise ModelError(
                f"model {name}: weights {key!r} are {found.get(key, 'absent')}, "
                f"and its architecture and genres need {expected.get(key, 'none')}"
            )


def _long_enough(spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = spectrogram.shape[1]
    if frames >= LEAST_FRAMES:
        return spectrogram
    return np.tile(spectrogram, (1, -(-LEAST_FRAMES // frames)))
