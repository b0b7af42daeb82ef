"""A network that somebody else trained and wrote as ONNX, in the place of one of ours."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.onnx_file import OnnxFile
from musicai.models.onnx_layout import Layout

Activation = Literal["softmax", "sigmoid", "none"]
ACTIVATIONS: tuple[Activation, ...] = ("softmax", "sigmoid", "none")
_LEAST = 1e-7


class OnnxNetwork(nn.Module):
    """Patches of a spectrogram through an ONNX model; its answer is the mean over the patches.

    A model of many labels (``sigmoid``, or ``none`` where the sigmoid is part of the file) may find that
    several genres fit, or none. Its activations p become ``p / max(1, sum of p)``: the share of each among
    what fits; where little fits, the scores sum to less than one, and what is left is nobody's.

    Parameters
    ----------
    file: the opened model.
    layout: how spectrograms go in.
    output: which of the model's outputs holds the genres.
    activation: what is still to be done to that output: ``softmax`` or ``sigmoid``; ``none``: it holds
        probabilities.
    """

    def __init__(self, file: OnnxFile, layout: Layout, output: str, activation: str) -> None:
        super().__init__()
        self.file, self.layout, self.output, self.activation = file, layout, output, activation

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logarithms of probabilities (B, genres)."""
        return self.probabilities(x, 1.0).clamp(min=_LEAST).log()

    def probabilities(self, x: Tensor, temperature: float) -> Tensor:
        """(B, 1, M, T) to probabilities (B, genres), 0..1, sum at most 1."""
        answers = [self._answer(excerpt[0].numpy(), temperature) for excerpt in x.float()]
        return torch.from_numpy(np.stack(answers))

    def _answer(self, spectrogram: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
        parts = [
            self.file.run(batch, self.output)[:count] for batch, count in self.layout.batches(spectrogram)
        ]
        activated = activate(np.concatenate(parts), self.activation, temperature)
        answer: NDArray[np.float32] = _shares(activated).mean(axis=0)
        return answer


def activate(raw: NDArray[np.float32], activation: str, temperature: float) -> NDArray[np.float32]:
    """Turn a model's outputs, (patches, genres), into activations 0..1."""
    if activation == "softmax":
        exponents = np.exp((raw - raw.max(axis=1, keepdims=True)) / temperature)
        softmax: NDArray[np.float32] = exponents / exponents.sum(axis=1, keepdims=True)
        return softmax
    if activation == "sigmoid":
        sigmoid: NDArray[np.float32] = 0.5 + 0.5 * np.tanh(raw / (2 * temperature))
        return sigmoid
    powered: NDArray[np.float32] = np.clip(raw, 0.0, 1.0) ** (1 / temperature)
    return powered


def build_onnx(file: OnnxFile, arguments: Mapping[str, Any]) -> OnnxNetwork:
    """Return the network that a side-car's arguments describe; ModelError says what is wrong with them."""
    given = dict(arguments)
    output, activation = given.pop("output", None), given.pop("activation", None)
    if output not in {port.name for port in file.outputs}:
        there = ", ".join(map(str, file.outputs))
        raise ModelError(f"the ONNX model has no output {output!r}; it has {there}")
    if activation not in ACTIVATIONS:
        raise ModelError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
    try:
        layout = Layout(**given)
    except TypeError as err:
        raise ModelError(f"the side-car's arguments of an ONNX model are wrong: {err}") from err
    return OnnxNetwork(file, layout, output, activation)


def _shares(activated: NDArray[np.float32]) -> NDArray[np.float32]:
    shares: NDArray[np.float32] = activated / np.maximum(1.0, activated.sum(axis=1, keepdims=True))
    return shares
