"""The options ``--test`` and ``--alpha``: when the gate calls a model better."""

from collections.abc import Callable
from typing import Any

import click

_TEST = click.option(
    "--test",
    type=click.Choice(["mcnemar", "bootstrap"]),
    default="mcnemar",
    show_default=True,
    help="Paired test that must find the candidate better.",
)
_ALPHA = click.option(
    "--alpha",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Largest p-value of the test that counts as better.",
)


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add both options to a command, which takes them as `test` and `alpha`."""
    return _TEST(_ALPHA(command))
