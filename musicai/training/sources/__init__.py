"""Where examples come from: folders by class, manifests, the catalogue. Light: nothing is decoded here."""

from musicai.training.sources.example import Example
from musicai.training.sources.opening import SourceSpec, located, open_source, parse_source
from musicai.training.sources.source import Listing, Source

__all__ = ["Example", "Listing", "Source", "SourceSpec", "located", "open_source", "parse_source"]
