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
from musicai.models.onnx_file import check_outputs, open_onnx
from musicai.models.onnx_network import OnnxNetwork, build_onnx
from musicai.models.side_car import ONNX, SideCar, read_side_car

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
        float32, shape (genres,), 0..1, in the order of `side_car.genres`. The sum is 1, and less where an
        imported model of many labels finds that little fits.

        Raises
        ------
        ModelError: the spectrogram has another number of bands, or no frame; or the picture another size.
        """
        x = self._picture(excerpt) if self.side_car.front_end.picture_size else self._spectrogram(excerpt)
        with torch.inference_mode():
            scores: NDArray[np.float32] = self._probabilities(x)[0].numpy()
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

    def _probabilities(self, x: Tensor) -> Tensor:
        temperature = self.side_car.calibration.temperature
        if isinstance(self.network, OnnxNetwork):
            return self.network.probabilities(x, temperature)
        logits = self.network(x.contiguous(memory_format=torch.channels_last))
        return torch.softmax(logits / temperature, dim=1)


def track_scores(excerpts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the scores of a track: the mean over its excerpts' calibrated probabilities."""
    mean: NDArray[np.float64] = np.stack(excerpts).mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def load_classifier(folder: Path) -> Classifier:
    """Load a model; ModelError when its parts do not fit one another. Nothing is ever unpickled."""
    side_car = read_side_car(folder)
    if side_car.architecture.name == ONNX:
        return Classifier(side_car, _imported_network(folder, side_car))
    network = build(
        side_car.architecture.name,
        side_car.architecture.arguments,
        n_mels=side_car.front_end.n_mels,
        genres=len(side_car.genres),
    )
    check_picture_size(side_car.architecture.name, network, side_car.front_end.picture_size)
    weights = read_weights(folder, side_car)
    _check_shapes(side_car.name, network, weights)
    network.load_state_dict(weights)
    return Classifier(side_car, fold(network.requires_grad_(requires_grad=False)))


def read_weights(folder: Path, side_car: SideCar) -> dict[str, Tensor]:
    """Return the tensors of a model; ModelError when they are not those that its side-car describes."""
    file, content = _content(folder, side_car)
    try:
        return load(content)
    except SafetensorError as err:
        raise ModelError(f"the weights {file} are not in safetensors form: {err}") from err


def _imported_network(folder: Path, side_car: SideCar) -> nn.Module:
    file, content = _content(folder, side_car)
    network = build_onnx(open_onnx(content, str(file)), side_car.architecture.arguments)
    check_outputs(network.file, network.output, len(side_car.genres))
    return network.eval()


def _content(folder: Path, side_car: SideCar) -> tuple[Path, bytes]:
    file = folder / side_car.weights_file
    try:
        content = file.read_bytes()
    except OSError as err:
        raise ModelError(f"the weights {file} cannot be read: {err.strerror}") from err
    check_digest(file, hashlib.sha256(content).hexdigest(), side_car)
    return file, content


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
