"""Heavy work on data sets: ``python -m musicai.pipeline.dataset ORDER`` with JSON as its input.

A process of its own, so that the command line stays light; see `musicai.pipeline.child`.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from musicai.cache.spectrograms import SpectrogramCache
from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END, FrontEnd
from musicai.pipeline.child import answer, progress
from musicai.training.loading import LoadOptions, load, load_sides, look_for_leaks
from musicai.training.picture_sets.drawing import draw_set
from musicai.training.picture_sets.statistics import picture_statistics
from musicai.training.picture_sets.transforming import transform_set
from musicai.training.sources import Source
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.folders import AudioFolder
from musicai.training.sources.here import open_here
from musicai.training.split import read_split_file

Order = Mapping[str, Any]


def images(order: Order) -> Any:
    """Draw a set of pictures from a folder of audio."""
    return draw_set(
        AudioFolder(Path(order["audio"])),
        Path(order["out"]),
        DrawnBy.from_json(order["drawn_by"]),
        max_duration_s=Settings.from_env().max_duration_s,
        force=order["force"],
        report=progress(),
    ).to_json()


def transform(order: Order) -> Any:
    """Trim and resize a set of pictures."""
    source, out = Path(order["source"]), Path(order["out"])
    return transform_set(source, out, order["size"], force=order["force"], report=progress()).to_json()


def stats(order: Order) -> Any:
    """Measure a set of pictures."""
    return picture_statistics(Path(order["folder"]), report=progress()).to_json()


def read(order: Order) -> Any:
    """Read every file, and say which cannot be."""
    source = _source(order)
    loaded = load(source, source.listing().examples, _front_end(source), options=_options(order))
    return [{"name": one.name, "file": one.file, "reason": one.reason} for one in loaded.unreadable]


def leaks(order: Order) -> Any:
    """Load the sides of a split and look for what stands on two of them."""
    source = _source(order)
    sides = read_split_file(Path(order["split"])).divide(source.examples())
    loaded = load_sides(source, sides, _front_end(source), options=_options(order))
    return look_for_leaks(loaded).to_json()


ORDERS: Mapping[str, Callable[[Order], Any]] = {
    order.__name__: order for order in (images, transform, stats, read, leaks)
}


def _source(order: Order) -> Source:
    front_end = FrontEnd.from_json(order["front_end"]) if order["front_end"] else None
    return open_here(Settings.from_env(), order["source"], front_end)


def _front_end(source: Source) -> FrontEnd:
    return source.drawn_by.seen_as() if source.drawn_by else GTZAN_FRONT_END


def _options(order: Order) -> LoadOptions:
    settings = Settings.from_env()
    return LoadOptions(
        skip_unreadable=order["skip_unreadable"],
        max_duration_s=settings.max_duration_s,
        cache=SpectrogramCache.from_settings(settings) if order["cached"] else None,
        report=progress(),
    )


def _work(arguments: list[str], order: Any) -> Any:
    if len(arguments) != 1 or arguments[0] not in ORDERS:
        raise ConfigError(f"usage: python -m musicai.pipeline.dataset {'|'.join(ORDERS)}")
    return ORDERS[arguments[0]](order)


if __name__ == "__main__":
    sys.exit(answer(_work))
