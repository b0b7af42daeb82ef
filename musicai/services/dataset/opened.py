"""Opening a source with the catalogue, where it is one."""

from musicai.config import Settings
from musicai.front_end import FrontEnd
from musicai.services.catalogue import open_catalogue
from musicai.training.sources import Source, open_source, parse_source


def opened(settings: Settings, source: str, front_end: FrontEnd | None = None) -> Source:
    """Return the source that a text names; ConfigError and DatasetError say why there is none."""
    spec = parse_source(source)
    engine = open_catalogue(settings) if spec.kind == "catalogue" else None
    return open_source(spec, front_end=front_end, engine=engine, mounts=settings.mounts)
