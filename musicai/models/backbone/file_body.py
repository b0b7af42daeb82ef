"""A file of somebody else's as a backbone. It travels among the weights, as bytes, under their digest."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicai.errors import ModelError
from musicai.models.backbone.body import Body
from musicai.models.backbone.exported_graph import open_exported
from musicai.models.onnx_file import Port, open_onnx
from musicai.models.onnx_layout import Layout


class NetworkFile(Protocol):
    """A network that was opened: one input, and outputs by name."""

    @property
    def source(self) -> Port:
        """The input."""
        ...

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs."""
        ...

    def run(self, x: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """Return what one output says to an input."""
        ...


OPENERS: dict[str, Callable[[bytes, str], NetworkFile]] = {"onnx": open_onnx, "exported": open_exported}
"""Kind of a body -> what opens the bytes of its file."""


class FileBody(Body):
    """Patches of a spectrogram through the network of a file; an embedding is the mean over the patches.

    Parameters
    ----------
    kind: of the file, one of `OPENERS`.
    length: bytes of the file.
    size: numbers of an embedding.
    output: which of the network's outputs holds it.
    axes, patch_frames, hop_frames, batch: as in `Layout`.
    """

    def __init__(
        self,
        kind: str,
        *,
        length: int,
        size: int,
        output: str,
        axes: str,
        patch_frames: int | None,
        hop_frames: int,
        batch: int | None,
    ) -> None:
        super().__init__()
        layout = {"axes": axes, "patch_frames": patch_frames, "hop_frames": hop_frames, "batch": batch}
        self.arguments = {"length": length, "size": size, "output": output, **layout}
        self.kind, self.size, self.output = kind, size, output
        self.layout = Layout(axes, patch_frames, hop_frames, batch)
        self.register_buffer("content", torch.zeros(length, dtype=torch.uint8))
        self._file: NetworkFile | None = None

    def take_content(self, content: bytes) -> None:
        """Take the bytes of the file."""
        self.get_buffer("content").copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        self._file = None

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to embeddings (B, size)."""
        return torch.from_numpy(np.stack([self._embed(excerpt[0].numpy()) for excerpt in x.float()]))

    def fold(self) -> None:
        """Open the file."""
        self._opened()

    def _opened(self) -> NetworkFile:
        if self._file is None:
            content = self.get_buffer("content").numpy().tobytes()
            self._file = OPENERS[self.kind](content, "the model's backbone")
        return self._file

    def _embed(self, spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
        file, batches = self._opened(), self.layout.batches(spectrogram)
        parts = np.concatenate([file.run(batch, self.output)[:count] for batch, count in batches])
        if parts.ndim != 2 or parts.shape[1] != self.size:
            raise ModelError(
                f"output {self.output!r} of the backbone gives {parts.shape[1:]} per patch, not {self.size}"
            )
        mean: NDArray[np.float32] = parts.mean(axis=0)
        return mean
