"""What every body of a backbone is: frozen, from what the network sees to an embedding."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from musicai.errors import ModelError


class Body(nn.Module):
    """(B, 1, M, T) to embeddings (B, size). Never trained: norms and dropout stay as in inference.

    Parameters
    ----------
    size: numbers of an embedding.
    arguments: JSON from which `build_body` makes the body again, without its weights.
    """

    size: int
    arguments: Mapping[str, Any]

    def train(self, mode: bool = True) -> "Body":  # noqa: FBT001, FBT002  # torch's signature
        """Stay as in inference."""
        del mode
        super().train(mode=False)
        return self

    def fold(self) -> None:
        """Get ready for inference, when the weights are there."""


def check_embedding(embedding: Tensor, rows: int, what: str) -> int:
    """Return the size of embeddings; ModelError when they are none."""
    if embedding.ndim != 2 or embedding.shape[0] != rows or embedding.shape[1] < 1:
        raise ModelError(
            f"{what} gives {tuple(embedding.shape)} for {rows} excerpts, and embeddings are wanted: "
            f"({rows}, size)"
        )
    if not bool(embedding.isfinite().all()):
        raise ModelError(f"{what} gives embeddings that are not finite numbers")
    return int(embedding.shape[1])
