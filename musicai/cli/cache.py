"""``musicai cache``: the spectrograms that this node keeps."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from musicai.services.cache import CacheView


@click.group()
def cache() -> None:
    """Count and take out the spectrograms that this node keeps.

    They let another model answer without decoding. Losing them costs time and nothing else.
    """


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def stats(as_json: bool) -> None:
    """Print how many spectrograms are kept, and what room they take."""
    from musicai.config import Settings
    from musicai.services.cache import examine_cache

    _print(examine_cache(Settings.from_env()), as_json)


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def clear(as_json: bool) -> None:
    """Take all of them out; safe while workers run."""
    from musicai.config import Settings
    from musicai.services.cache import clear_cache

    _print(clear_cache(Settings.from_env()), as_json)


@cache.command()
@click.option(
    "--size", metavar="SIZE", help="What may be left, such as 500MB. Default: MUSICAI_CACHE_SIZE."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prune(size: str | None, as_json: bool) -> None:
    """Take out those that were not used for the longest time, until the rest fits."""
    from musicai.config import Settings, read_size
    from musicai.errors import ConfigError
    from musicai.services.cache import prune_cache

    try:
        wanted = None if size is None else read_size(size)
    except ValueError as err:
        raise ConfigError(f"--size {size!r}: {err}") from err
    _print(prune_cache(Settings.from_env(), wanted), as_json)


def _print(view: "CacheView", as_json: bool) -> None:
    from musicai.cli.output import counted, emit_json

    if as_json:
        emit_json(view.to_json())
        return
    if view.removed:
        click.echo(f"took out spectrograms of {counted(view.removed, 'track')}")
    room = f"of {_megabytes(view.limit)}" if view.limit else "(turned off: MUSICAI_CACHE_SIZE)"
    click.echo(f"{counted(view.entries, 'track')}, {_megabytes(view.size)} {room} in {view.folder}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
