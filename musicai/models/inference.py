"""From a spectrogram to calibrated scores."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.folder import check_digest
from musicai.models.networks import build, fold
from musicai.models.side_car import WEIGHTS_FILE, SideCar, read_side_car

LEAST_FRAMES = 32
"""Shorter spectrograms are repeated until they are as long: a network of few frames sees mostly edges."""


@dataclass(frozen=True)
class Classifier:
    """A network ready for inference, and what is known about it."""

    side_car: SideCar
    network: nn.Module

    def scores(self, spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the calibrated probabilities of one excerpt.

        Parameters
        ----------
        spectrogram: float32, shape (n_mels, frames), from the model's own front end.

        Returns
        -------
        float32, shape (genres,), 0..1, sum 1, in the order of `side_car.genres`.

        Raises
        ------
        ModelError: the spectrogram has another number of bands, or no frame.
        """
        bands = self.side_car.front_end.n_mels
        if spectrogram.ndim != 2 or spectrogram.shape[0] != bands or spectrogram.shape[1] < 1:
            raise ModelError(
                f"model {self.side_car.name} needs spectrograms of shape ({bands}, frames), "
                f"not {spectrogram.shape}"
            )
        x = torch.from_numpy(self._normalised(_long_enough(spectrogram)))[None, None]
        with torch.inference_mode():
            logits = self.network(x.contiguous(memory_format=torch.channels_last))[0]
            probabilities = torch.softmax(logits / self.side_car.calibration.temperature, dim=0)
        scores: NDArray[np.float32] = probabilities.numpy()
        return scores

    def _normalised(self, spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
        norm = self.side_car.normalisation
        return np.ascontiguousarray((spectrogram - norm.mean) / norm.std, dtype=np.float32)


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
