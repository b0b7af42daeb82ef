"""From networks that were trained apart to the one that a model holds."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from musicai.models.backbone.network import BackboneNetwork
from musicai.models.networks import build
from musicai.models.radial import RadialNetwork
from musicai.models.side_car import Architecture
from musicai.training.plan import Plan
from musicai.training.recipe import Recipe


def assemble(plan: Plan, members: Sequence[nn.Module], genres: int) -> tuple[nn.Module, Architecture]:
    """Join networks that were trained apart; one alone stays as it is."""
    each: list[dict[str, Any]] = [
        {"name": recipe.architecture, "arguments": _arguments(recipe, member), "weight": recipe.weight}
        for recipe, member in zip(plan.members, members, strict=True)
    ]
    if len(members) == 1:
        return members[0], Architecture(each[0]["name"], each[0]["arguments"])
    arguments = {"members": each, "familiar": plan.familiar}
    network = build("committee", arguments, n_mels=plan.front_end.n_mels, genres=genres)
    for place, member in zip(network.get_submodule("members").children(), members, strict=True):
        place.load_state_dict(member.state_dict())
    return network, Architecture("committee", arguments)


def _arguments(recipe: Recipe, member: nn.Module) -> dict[str, Any]:
    if isinstance(member, RadialNetwork):
        return {**recipe.arguments, "centres": member.output.in_features}
    if isinstance(member, BackboneNetwork):
        return dict(member.arguments)
    return dict(recipe.arguments)
