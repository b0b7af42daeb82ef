"""The option ``--limit GENRE=N`` of whatever trains."""

from collections.abc import Callable
from typing import Any

import click


def _limits(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    limits = {}
    for value in values:
        genre, _, count = value.rpartition("=")
        if not genre or not count.isdigit() or int(count) < 1:
            raise click.BadParameter(f"{value!r}: GENRE=N, such as pop=80")
        limits[genre] = int(count)
    return limits


limit_option: Callable[[Any], Any] = click.option(
    "--limit", multiple=True, callback=_limits, metavar="GENRE=N", help="Learn from N of a genre at most."
)
