"""An ONNX file as a backbone. It travels among the weights, as bytes, so that their digest covers it."""

import numpy as np
import torch
from torch import Tensor

from musicai.errors import ModelError
from musicai.models.backbone.body import Body
from musicai.models.onnx_file import OnnxFile, open_onnx
from musicai.models.onnx_layout import Layout


class OnnxBody(Body):
    """Patches of a spectrogram through an ONNX model; an embedding is the mean over the patches.

    Parameters
    ----------
    length: bytes of the file.
    size: numbers of an embedding.
    output: which of the model's outputs holds it.
    axes, patch_frames, hop_frames, batch: as in `Layout`.
    """

    def __init__(
        self,
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
        self.size, self.output, self.layout = size, output, Layout(axes, patch_frames, hop_frames, batch)
        self.register_buffer("content", torch.zeros(length, dtype=torch.uint8))
        self._file: OnnxFile | None = None

    def take_content(self, content: bytes) -> None:
        """Take the bytes of the file."""
        self.get_buffer("content").copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        self._file = None

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to embeddings (B, size)."""
        return torch.from_numpy(np.stack([self._embed(excerpt[0].numpy()) for excerpt in x.float()]))

    def fold(self) -> None:
        """Open the file."""
        if self._file is None:
            self._file = open_onnx(self.get_buffer("content").numpy().tobytes(), "the model's backbone")

    def _embed(self, spectrogram: np.ndarray) -> np.ndarray:
        self.fold()
        assert self._file is not None  # noqa: S101  # fold() opened it
        batches = self.layout.batches(spectrogram)
        parts = np.concatenate([self._file.run(batch, self.output)[:count] for batch, count in batches])
        if parts.ndim != 2 or parts.shape[1] != self.size:
            raise ModelError(
                f"output {self.output!r} of the backbone gives {parts.shape[1:]} per patch, not {self.size}"
            )
        mean: np.ndarray = parts.mean(axis=0)
        return mean
