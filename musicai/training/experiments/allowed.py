"""Which values the settings of a file of experiments may have. Light: no torch."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from musicai.errors import ConfigError
from musicai.front_end import is_number, is_whole
from musicai.training.request import MOST_SEED


@dataclass(frozen=True)
class Allowed:
    """A kind of values.

    Parameters
    ----------
    told: what they are, in words.
    fits: whether one is of them.
    """

    told: str
    fits: Callable[[Any], bool]

    def check(self, name: str, value: object) -> None:
        """Refuse another value of a setting; ConfigError."""
        if not self.fits(value):
            raise ConfigError(f"{name} must be {self.told}, not {value!r}")


def check_values(values: Mapping[str, Any], allowed: Mapping[str, Allowed]) -> None:
    """Refuse the first value that is not allowed; ConfigError. Settings that nobody describes pass."""
    for name, kind in allowed.items():
        if name in values:
            kind.check(name, values[name])


def one_of(names: Collection[str]) -> Allowed:
    """Return the kind of some names."""
    return Allowed(f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names)


def whole(least: int) -> Allowed:
    """Return the kind of whole numbers from a least one."""
    return Allowed(f"a whole number of at least {least}", lambda value: is_whole(value) and value >= least)


def optional(kind: Allowed) -> Allowed:
    """Return a kind that a value may be of which may be absent."""
    return Allowed(kind.told, lambda value: value is None or kind.fits(value))


def _is_limit(value: object) -> bool:
    return isinstance(value, Mapping) and all(is_whole(most) and most > 0 for most in value.values())


SWITCH = Allowed("true or false", lambda value: isinstance(value, bool))
TEXT = Allowed("text in quotes", lambda value: isinstance(value, str))
NAME = Allowed(
    "text in quotes without '/'", lambda value: isinstance(value, str) and value != "" and "/" not in value
)
TABLE = Allowed("a table", lambda value: isinstance(value, Mapping))
ABOVE_0 = Allowed("a number above 0", lambda value: is_number(value) and value > 0)
SHARE = Allowed("a number of at least 0 and below 1", lambda value: is_number(value) and 0 <= value < 1)
ACCURACY = Allowed("a number from 0 to 1", lambda value: is_number(value) and 0 <= value <= 1)
SEED = Allowed(
    f"a whole number from 0 to {MOST_SEED}", lambda value: is_whole(value) and 0 <= value <= MOST_SEED
)
LIMIT = Allowed("a table of genres with whole numbers above 0, as { pop = 80 }", _is_limit)
RATIOS = Allowed(
    "three shares above 0 that make 1, as [0.8, 0.1, 0.1]",
    lambda value: (
        isinstance(value, list)
        and len(value) == 3
        and all(is_number(share) and share > 0 for share in value)
        and abs(sum(value) - 1) <= 1e-5
    ),
)
EXPERIMENTS = Allowed("a list of tables, each headed [[experiment]]", lambda value: isinstance(value, list))
