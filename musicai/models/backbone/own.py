"""A model of MusicAI as a backbone: up to its penultimate layer."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.backbone.body import Body, check_embedding
from musicai.models.texture import TextureNetwork

_PROBED_FRAMES = 64


class OwnBody(Body):
    """A network of ours without the layer that tells genres; of a committee the members side by side.

    Parameters
    ----------
    n_mels: bands of the spectrogram.
    architecture, arguments, genres: with which the network was built.
    """

    def __init__(
        self, n_mels: int, *, architecture: str, arguments: Mapping[str, Any], genres: int
    ) -> None:
        super().__init__()
        # networks.py lists the backbone among its architectures
        from musicai.models.networks import build  # noqa: PLC0415

        network = build(architecture, arguments, n_mels=n_mels, genres=genres)
        if getattr(network, "size_input", None):
            raise ModelError(f"{architecture} sees pictures; a backbone must see spectrograms")
        self.arguments = {"architecture": architecture, "arguments": dict(arguments), "genres": genres}
        members = network.get_submodule("members").children() if architecture == "committee" else [network]
        self.members = nn.ModuleList(members)
        self.cut = [_last_linear(member, architecture, genres) for member in self.members]
        for member, name in zip(self.members, self.cut, strict=True):
            member.set_submodule(name, nn.Identity())
        self.size = self._probe(n_mels, architecture)
        self.train(mode=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to embeddings (B, size)."""
        # what lies between features and genres is not always the last layer alone
        each = [
            member.embed(x) if isinstance(member, TextureNetwork) else member(x) for member in self.members
        ]
        return torch.cat([embedding.float() for embedding in each], dim=1)

    def take_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of the whole network, less those of the layers that were cut off."""
        own = {}
        for key, tensor in weights.items():
            place, name = key.split(".", 2)[1:] if key.startswith("members.") else ("0", key)
            if name.rpartition(".")[0] != self.cut[int(place)]:
                own[f"members.{place}.{name}"] = tensor
        self.load_state_dict(own)

    @torch.inference_mode()
    def _probe(self, n_mels: int, architecture: str) -> int:
        self.train(mode=False)
        return check_embedding(self(torch.zeros(1, 1, n_mels, _PROBED_FRAMES)), 1, architecture)


def _last_linear(network: nn.Module, architecture: str, genres: int) -> str:
    names: list[str] = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and module.out_features == genres
    ]
    if not names:
        raise ModelError(f"{architecture} has no last linear layer to cut off, and cannot be a backbone")
    return names[-1]
