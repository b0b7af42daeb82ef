"""One row of a file of experiments. Light: no torch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from musicai.errors import ConfigError
from musicai.training.experiments import allowed
from musicai.training.recipe import Augmentation, Recipe

_SWITCHES = {"lenet_color": ("batch_norm_1d",), "mini_alexnet": ("batch_norm_1d", "batch_norm_2d")}
"""The networks that a row can name, and which batch norms they have."""
_SIDES = {"lenet_color": 8, "mini_alexnet": 16}
"""What the side of their pictures must be a multiple of: they halve it so often."""
_ALLOWED = {
    "network": allowed.one_of(_SWITCHES),
    "batch": allowed.whole(2),  # one clip alone has no statistics for a batch norm
    "epochs": allowed.whole(1),
    "rate": allowed.ABOVE_0,
    "momentum": allowed.SHARE,
    "batch_norm_1d": allowed.SWITCH,
    "batch_norm_2d": allowed.SWITCH,
    "jitter": allowed.SHARE,
    "dropout": allowed.SHARE,
    "out_channels": allowed.whole(1),
    "limit": allowed.LIMIT,
    "seed": allowed.SEED,
    "reported_train": allowed.optional(allowed.ACCURACY),
    "reported_test": allowed.optional(allowed.ACCURACY),
}


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
        allowed.check_values(vars(self), _ALLOWED)
        if self.batch_norm_2d and "batch_norm_2d" not in _SWITCHES[self.network]:
            raise ConfigError(f"{self.network} has no batch_norm_2d")

    @classmethod
    def from_json(cls, value: Any) -> "Row":
        """Read a table of the file; ConfigError names an unknown or wrong setting."""
        if not isinstance(value, dict):
            raise ConfigError(f"a table is wanted, headed [[experiment]], not {value!r}")
        if unknown := sorted(set(value) - {f.name for f in fields(cls)}):
            raise ConfigError(f"unknown settings {', '.join(unknown)}")
        if "network" not in value:
            raise ConfigError(f"there is no network: name one of {', '.join(_SWITCHES)}")
        return cls(**value)

    def check_size(self, picture_size: int) -> None:
        """Refuse a size of pictures that the network cannot be built for; ConfigError."""
        if picture_size % _SIDES[self.network]:
            raise ConfigError(
                f"picture_size must be a multiple of {_SIDES[self.network]} for {self.network}, "
                f"not {picture_size}"
            )

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
