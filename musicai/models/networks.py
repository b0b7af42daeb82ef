"""The architectures, by name. Everything that builds one is JSON, so that a side-car can hold it."""

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from musicai.errors import ModelError
from musicai.models.backbone.network import BackboneNetwork
from musicai.models.lenet_color import LeNetColor
from musicai.models.mini_alexnet import MiniAlexNet
from musicai.models.patches import PatchBank
from musicai.models.radial import RadialNetwork
from musicai.models.residual import ConvNorm, ResidualCnn
from musicai.models.texture import TextureNetwork

_MOST_MEMBERS = 50


class Committee(nn.Module):
    """Networks that were trained apart and answer together: the weighted mean of their logits.

    Parameters
    ----------
    members: of each its ``name``, its ``arguments`` and its ``weight``.
    familiar: distance from the nearest centre of a radial member up to which logits stand as they are;
        beyond it they shrink in proportion: what resembles nothing known gets no confident answer.
    """

    def __init__(
        self,
        n_mels: int,
        genres: int,
        *,
        members: Sequence[Mapping[str, Any]],
        familiar: float | None = None,
    ) -> None:
        super().__init__()
        if len(members) > _MOST_MEMBERS:
            raise ValueError(f"more than {_MOST_MEMBERS} members")
        self.familiar = familiar
        self.weights = [float(m["weight"]) for m in members]
        each = (build(m["name"], m["arguments"], n_mels=n_mels, genres=genres) for m in members)
        self.members = nn.ModuleList(each)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, M, T) to logits (B, genres)."""
        logits, share = torch.zeros(1), torch.ones(1)
        for weight, member in zip(self.weights, self.members, strict=True):
            if isinstance(member, RadialNetwork):
                answer, distance = member.examine(x)
                share = self._share(distance)
            else:
                answer = member(x)
            logits = logits + weight * answer
        return logits * share / sum(self.weights)

    def _share(self, distance: Tensor) -> Tensor:
        """Return what is left of the logits, (B, 1), 0..1."""
        if self.familiar is None:
            return torch.ones_like(distance)
        return (self.familiar / distance.clamp(min=1e-6)).clamp(max=1.0)


ARCHITECTURES: Mapping[str, type[nn.Module]] = {
    "residual_cnn": ResidualCnn,
    "radial": RadialNetwork,
    "texture": TextureNetwork,
    "committee": Committee,
    "lenet_color": LeNetColor,
    "mini_alexnet": MiniAlexNet,
    "backbone": BackboneNetwork,
}


def build(name: str, arguments: Mapping[str, Any], *, n_mels: int, genres: int) -> nn.Module:
    """Build a network with fresh weights; ModelError names an unknown architecture or argument."""
    if name not in ARCHITECTURES:
        raise ModelError(f"unknown architecture {name!r}; this version has {', '.join(ARCHITECTURES)}")
    try:
        return ARCHITECTURES[name](n_mels=n_mels, genres=genres, **arguments)
    except (TypeError, ValueError, RuntimeError, KeyError) as err:
        with_what = reprlib.repr(dict(arguments))[:300]  # a side-car from anywhere may say very much
        raise ModelError(f"architecture {name} cannot be built with {with_what}: {err}") from err


def check_picture_size(name: str, network: nn.Module, picture_size: int | None) -> None:
    """Refuse a network that does not see what it is given: pictures of one size, or spectrograms (None)."""
    wanted = getattr(network, "size_input", None)
    if wanted != picture_size:
        sees, given = (f"pictures of {s} pixels" if s else "spectrograms" for s in (wanted, picture_size))
        raise ModelError(
            f"architecture {name} sees {sees}, and is given {given}; "
            "its size_input must be the front end's picture_size"
        )


def fold(network: nn.Module) -> nn.Module:
    """Prepare a network for inference: eval mode, norms folded away, channels last. Changes it in place."""
    network.eval()
    for module in network.modules():
        if isinstance(module, ConvNorm | RadialNetwork | PatchBank | BackboneNetwork):
            module.fold()
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
