"""The architecture `backbone`: a frozen body and a trained head, as one network like any other."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.backbone.body import Body
from musicai.models.backbone.file_body import OPENERS, FileBody
from musicai.models.backbone.head import Head
from musicai.models.backbone.hub_body import HubBody
from musicai.models.backbone.memory import Memory
from musicai.models.backbone.own import OwnBody

_NO_MEMORY: Memory | None = None


class BackboneNetwork(nn.Module):
    """(B, 1, M, T) to logits (B, genres).

    Parameters
    ----------
    body: its ``kind``, and the arguments of that.
    head: arguments of `Head`.
    """

    def __init__(
        self, n_mels: int, genres: int, *, body: Mapping[str, Any], head: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self._put(build_body(body, n_mels), body, genres, head)

    @classmethod
    def on(
        cls, body: Body, arguments: Mapping[str, Any], genres: int, head: Mapping[str, Any]
    ) -> "BackboneNetwork":
        """Return a network with a fresh head on a body that is there; `arguments` would build it again."""
        network = cls.__new__(cls)
        nn.Module.__init__(network)
        network._put(body, arguments, genres, head)
        return network

    def _put(self, body: Body, arguments: Mapping[str, Any], genres: int, head: Mapping[str, Any]) -> None:
        self.arguments = {"body": dict(arguments), "head": dict(head)}
        self.body = body.requires_grad_(requires_grad=False)
        self.head = Head(body.size, genres, **head)
        self.memory = _NO_MEMORY

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres); a `memory` saves the body what it embedded before."""
        embeddings = self.body(x) if self.memory is None else self.memory.embed(self.body, x)
        logits: Tensor = self.head(embeddings)
        return logits

    def fold(self) -> None:
        """Get ready for inference."""
        self.body.fold()


def build_body(arguments: Mapping[str, Any], n_mels: int) -> Body:
    """Build a body without its weights; ModelError names a kind or an argument that does not exist."""
    given = dict(arguments)
    kind = given.pop("kind", None)
    try:
        if kind == "own":
            return OwnBody(n_mels, **given)
        if kind == "hub":
            return HubBody(**given)
        if kind in OPENERS:
            return FileBody(kind, **given)
    except (TypeError, ValueError, KeyError) as err:
        raise ModelError(f"a backbone's body of kind {kind} cannot be built: {err}") from err
    raise ModelError(f"unknown kind of backbone {kind!r}; update musicai")
