"""Opening a source as this node finds it."""

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
    spec = parse_source(source)
    engine = open_engine(settings.catalogue_url) if spec.kind == "catalogue" else None
    return open_source(spec, front_end=front_end, engine=engine, mounts=settings.mounts)
