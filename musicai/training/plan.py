"""What is trained: the recipes of the networks that answer together, and what they see."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError, MusicAIError, NotFoundError
from musicai.front_end import GTZAN_FRONT_END, FrontEnd
from musicai.training.recipe import Recipe

SHIPPED = Path(__file__).parent / "recipes"
DEFAULT = "texture"
"""The plan that is used when none is named: fitted at once, and the best on a few hundred tracks."""
BACKBONE = "backbone"
"""The architecture of a recipe whose arguments are those of a head."""
AT_ONCE = ("radial", "texture")
"""Architectures that are fitted at once, by solving for their weights: see `musicai.training.at_once`."""


@dataclass(frozen=True)
class Plan:
    """One or several recipes, and the front end that they share.

    Parameters
    ----------
    members: recipes of the networks; several become a committee.
    front_end: what they see.
    familiar: see `Committee`.
    data_set: what the data are and where they come from, for the card.
    terms: what the data allow, for the card.
    """

    members: tuple[Recipe, ...] = (Recipe(),)
    front_end: FrontEnd = GTZAN_FRONT_END
    familiar: float | None = None
    data_set: str = ""
    terms: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return {
            "members": [member.to_json() for member in self.members],
            "front_end": self.front_end.to_json(),
            "familiar": self.familiar,
            "data_set": self.data_set,
            "terms": self.terms,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Plan":
        """Read a JSON object; absent parts take their defaults.

        Raises
        ------
        ConfigError: a part is unknown or of a wrong type.
        """
        try:
            if unknown := sorted(set(value) - set(cls.__dataclass_fields__)):
                raise ConfigError(f"unknown parts {', '.join(unknown)}")
            front_end = {**GTZAN_FRONT_END.to_json(), **value.get("front_end", {})}
            members = tuple(Recipe.from_json(member) for member in value.get("members", [{}]))
            if not members:
                raise ConfigError("'members' is empty: name one recipe at least")
            others = {name: value[name] for name in ("familiar", "data_set", "terms") if name in value}
            return cls(members, FrontEnd.from_json(front_end), **others)
        except (TypeError, AttributeError, ValueError, MusicAIError) as err:
            raise ConfigError(f"no plan of a training run: {err}") from err

    def varied(self, **settings: Any) -> "Plan":
        """Return the plan with settings of its recipes changed; one that is fitted at once keeps its own.

        Raises
        ------
        ConfigError: a recipe has no such setting, or all of them are fitted at once.
        """
        if all(member.architecture in AT_ONCE for member in self.members):
            raise ConfigError(
                f"this recipe is fitted at once and has no {', '.join(settings)}: name one that learns in "
                "epochs, such as `--recipe residual` or `--network mini_alexnet`"
            )
        try:
            return replace(self, members=tuple(_varied(member, settings) for member in self.members))
        except TypeError as err:
            raise ConfigError(f"recipes have no such setting: {err}") from err

    def resized(self, size: int) -> "Plan":
        """Return the plan for pictures of another size; ConfigError when its networks see no pictures."""
        if self.front_end.picture_size is None:
            raise ConfigError("--size is for networks that see pictures: lenet_color, mini_alexnet")
        sized = self.varied(arguments={"size_input": size})
        return replace(sized, front_end=replace(self.front_end, picture_size=size))

    @property
    def epochs(self) -> int:
        """Epochs of all members together."""
        return sum(member.epochs for member in self.members if in_epochs(member))


def in_epochs(recipe: Recipe) -> bool:
    """Whether a network is trained step by step; others are fitted at once."""
    return recipe.architecture not in (*AT_ONCE, BACKBONE)


def _varied(member: Recipe, settings: Mapping[str, Any]) -> Recipe:
    arguments = {**member.arguments, **settings.get("arguments", {})}
    plain = {name: value for name, value in settings.items() if name != "arguments"}
    return replace(member, **plain, arguments=arguments) if member.architecture not in AT_ONCE else member


def shipped_plans() -> list[str]:
    """Return the names of the plans that come with the package."""
    return sorted(file.stem for file in SHIPPED.glob("*.json"))


def read_plan(name: str) -> Plan:
    """Return the plan of a name that comes with the package, or of a JSON file.

    Raises
    ------
    NotFoundError: neither is there.
    ConfigError: the file holds no plan.
    """
    file = SHIPPED / f"{name}.json" if name in shipped_plans() else Path(name)
    try:
        return Plan.from_json(json.loads(file.read_text("utf-8")))
    except OSError as err:
        known = ", ".join(shipped_plans())
        raise NotFoundError(f"no recipe {name!r}: neither a JSON file nor one of {known}") from err
    except (ValueError, ConfigError) as err:
        raise ConfigError(f"the recipe {file} cannot be used: {err}") from err
