"""Opening a source as this node finds it."""

from sqlalchemy import Engine

from musicai.catalogue.session import open_engine
from musicai.config import Settings
from musicai.front_end import FrontEnd
from musicai.training.sources.opening import open_source, parse_source
from musicai.training.sources.source import Source


def open_here(settings: Settings, source: str, front_end: FrontEnd | None = None) -> Source:
    """Open a source with this node's mounts, and with its catalogue where that is the source.

    Raises
    ------
    ConfigError, DatasetError: the text is no source, or its place cannot be read.
    """
    engine = catalogue_here(settings, source)
    return open_source(source, front_end=front_end, engine=engine, mounts=settings.mounts)


def catalogue_here(settings: Settings, source: str) -> Engine | None:
    """Open this node's catalogue where that is the source."""
    return open_engine(settings.catalogue_url) if parse_source(source).kind == "catalogue" else None
