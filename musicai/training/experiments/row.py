"""One row of a file of experiments. Light: no torch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from musicai.errors import ConfigError
from musicai.training.recipe import Augmentation, Recipe

_SWITCHES = {"lenet_color": ("batch_norm_1d",), "mini_alexnet": ("batch_norm_1d", "batch_norm_2d")}
"""The networks that a row can name, and which batch norms they have."""
_COUNTS = ("batch", "epochs", "out_channels")
_SHARES = ("jitter", "dropout", "momentum")


@dataclass(frozen=True)
class Row:
    """The settings of one experiment, named as in the report's table, and what the report says came out.

    Parameters
    ----------
    network: ``lenet_color`` or ``mini_alexnet``.
    batch, epochs, rate, momentum: of stochastic gradient descent; the rate stays as it is.
    batch_norm_1d, batch_norm_2d: whether batch norms stand before linear layers, and before convolutions.
    jitter: share of pictures whose colours are jittered.
    dropout: share of values hidden before linear layers.
    out_channels: of the network.
    limit: most training examples of a genre.
    seed: of first weights, order, jitter and dropout.
    reported_train, reported_test: accuracies, 0..1; None where nobody reported any.
    """

    network: str
    batch: int = 32
    epochs: int = 200
    rate: float = 0.001
    momentum: float = 0.5
    batch_norm_1d: bool = False
    batch_norm_2d: bool = False
    jitter: float = 0.0
    dropout: float = 0.0
    out_channels: int = 16
    limit: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    reported_train: float | None = None
    reported_test: float | None = None

    def __post_init__(self) -> None:
        if self.network not in _SWITCHES:
            raise ConfigError(f"network must be one of {', '.join(_SWITCHES)}, not {self.network!r}")
        _check_numbers(self)
        if self.batch_norm_2d and "batch_norm_2d" not in _SWITCHES[self.network]:
            raise ConfigError(f"{self.network} has no batch_norm_2d")
        for genre, most in self.limit.items():
            if not (type(most) is int and most > 0):
                raise ConfigError(f"limit of {genre} must be a number of examples, not {most!r}")

    @classmethod
    def from_json(cls, value: Any) -> "Row":
        """Read a table of the file; ConfigError names an unknown or wrong setting."""
        if not isinstance(value, dict):
            raise ConfigError(f"must be a table, not {value!r}")
        if unknown := sorted(set(value) - {f.name for f in fields(cls)}):
            raise ConfigError(f"unknown settings {', '.join(unknown)}")
        try:
            return cls(**value)
        except TypeError as err:
            raise ConfigError(f"settings are absent or of a wrong type: {err}") from err

    def recipe(self, picture_size: int) -> Recipe:
        """Return what the loop needs, for pictures of a size: nothing but what the report did."""
        switches = {name: getattr(self, name) for name in _SWITCHES[self.network]}
        return Recipe(
            architecture=self.network,
            arguments={
                "size_input": picture_size,
                "out_channels": self.out_channels,
                "dropout": self.dropout,
                **switches,
            },
            augmentation=Augmentation(mixup=0.0),
            epochs=self.epochs,
            batch=self.batch,
            peak_rate=self.rate,
            momentum=self.momentum,
            weight_decay=0.0,
            label_smoothing=0.0,
            averaging=0.0,
            optimiser="sgd",
            schedule="constant",
            last_batch="keep",
            jitter=self.jitter,
        )

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change with any setting, and not with what is reported."""
        value = {k: v for k, v in asdict(self).items() if not k.startswith("reported")}
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _check_numbers(row: Row) -> None:
    for name in _COUNTS:
        if not (type(getattr(row, name)) is int and getattr(row, name) > 0):
            raise ConfigError(f"{name} must be a whole number above 0, not {getattr(row, name)!r}")
    for name in _SHARES:
        if not 0 <= getattr(row, name) < 1:
            raise ConfigError(f"{name} must be at least 0 and below 1, not {getattr(row, name)!r}")
    if not row.rate > 0:
        raise ConfigError(f"rate must be above 0, not {row.rate!r}")
