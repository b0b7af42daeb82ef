"""What travels through the broker. A message only wakes somebody up; it carries no work and no path."""

from dataclasses import asdict, dataclass
from typing import Any

from musicai.errors import ConfigError


@dataclass(frozen=True)
class WakeUp:
    """Says that something waits to be claimed. Job and library are for the reader of Flower."""

    job: int
    library: str = ""

    def to_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the task."""
        return asdict(self)

    @classmethod
    def from_kwargs(cls, kwargs: dict[str, Any]) -> "WakeUp":
        """Check the fields of a received message; ConfigError names the wrong one."""
        return cls(_positive(kwargs, "job"), _text(kwargs, "library"))


@dataclass(frozen=True)
class TrainCall:
    """Says that a training run waits. Job and model are for the reader of Flower."""

    job: int
    model: str = ""

    def to_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the task."""
        return asdict(self)

    @classmethod
    def from_kwargs(cls, kwargs: dict[str, Any]) -> "TrainCall":
        """Check the fields of a received message; ConfigError names the wrong one."""
        return cls(_positive(kwargs, "job"), _text(kwargs, "model"))


@dataclass(frozen=True)
class ScanCall:
    """Says that the folders of a job wait to be read. Job and library are for the reader of Flower."""

    job: int
    library: str = ""

    def to_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the task."""
        return asdict(self)

    @classmethod
    def from_kwargs(cls, kwargs: dict[str, Any]) -> "ScanCall":
        """Check the fields of a received message; ConfigError names the wrong one."""
        return cls(_positive(kwargs, "job"), _text(kwargs, "library"))


@dataclass(frozen=True)
class FiringCall:
    """Says that a schedule fired. Its name is for the reader of Flower."""

    firing: int
    schedule: str = ""

    def to_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the task."""
        return asdict(self)

    @classmethod
    def from_kwargs(cls, kwargs: dict[str, Any]) -> "FiringCall":
        """Check the fields of a received message; ConfigError names the wrong one."""
        return cls(_positive(kwargs, "firing"), _text(kwargs, "schedule"))


def _positive(kwargs: dict[str, Any], name: str) -> int:
    value = kwargs.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"message field {name!r} must be a positive integer, not {value!r}")
    return value


def _text(kwargs: dict[str, Any], name: str) -> str:
    value = kwargs.get(name, "")
    if not isinstance(value, str):
        raise ConfigError(f"message field {name!r} must be text, not {value!r}")
    return value
