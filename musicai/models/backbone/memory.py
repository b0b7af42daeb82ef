"""Embeddings that a frozen body made before: training and measuring ask for the same ones again."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import xxhash
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from musicai.models.backbone.body import Body, check_embedding
from musicai.whole_file import replacing


@dataclass
class Memory:
    """Embeddings by the body that made them and by the content of what was embedded.

    Parameters
    ----------
    file: keeps them on disk, for a run that is broken off; None keeps none.
    made_by: digest of the body: what another one made under the same name is made again.
    """

    file: Path | None = None
    made_by: str = ""
    _known: dict[bytes, NDArray[np.float32]] = field(default_factory=dict, init=False)
    _saved: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            self._known = _read(self.file)
            self._saved = len(self._known)

    def embed(self, body: Body, x: Tensor) -> Tensor:
        """(B, 1, M, T) to embeddings (B, size); only what is new costs anything."""
        keys = [self._key(row) for row in x]
        missing = [place for place, key in enumerate(keys) if key not in self._known]
        if missing:
            made = body(x[missing])
            check_embedding(made, len(missing), "the backbone")
            for place, embedding in zip(missing, made.float().numpy(), strict=True):
                self._known[keys[place]] = embedding
        return torch.from_numpy(np.stack([self._known[key] for key in keys]))

    def _key(self, row: Tensor) -> bytes:
        state = xxhash.xxh3_128(self.made_by.encode())
        state.update(row.contiguous().numpy().data)
        return state.digest()

    def save(self) -> None:
        """Write what is new since the last time; a crash in the middle leaves the former file."""
        if self.file is None or len(self._known) == self._saved:
            return
        keys = np.frombuffer(b"".join(self._known), np.uint8).reshape(len(self._known), -1)
        with replacing(self.file) as part:
            part.write_bytes(save({"keys": keys, "embeddings": np.stack(list(self._known.values()))}))
        self._saved = len(self._known)


def _read(file: Path) -> dict[bytes, NDArray[np.float32]]:
    """Read a memory; one that is damaged is none, and its embeddings are made again."""
    try:
        content = load(file.read_bytes())
        keys = [key.tobytes() for key in content["keys"]]
        return dict(zip(keys, content["embeddings"], strict=True))
    except (OSError, ValueError, KeyError, SafetensorError):
        return {}
