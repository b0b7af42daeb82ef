"""The catalogue as a source: tracks whose genre a person has confirmed."""

import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from musicai.catalogue.corrections import Confirmed, confirmed
from musicai.catalogue.session import reading
from musicai.training.sources.example import Example, checked
from musicai.training.sources.source import Content, Listing, Source


class Catalogue(Source):
    """Tracks with a person's word on their genre, all of them or those that an expression asks for.

    Names keep their extension: in a library, two files may differ by nothing else.
    """

    kind = "catalogue"
    content: Content = "audio"

    def __init__(self, engine: Engine, expression: str, mounts: Mapping[str, Path]) -> None:
        self.location = expression
        self._engine, self._mounts = engine, mounts

    def listing(self) -> Listing:
        """Return one example for each sound; QueryError when the expression is wrong."""
        with reading(self._engine) as session:
            return Listing(checked(map(self._example, confirmed(session, self.location))))

    def shape(self) -> str:
        """Return what it should look like."""
        return "confirm genres first, with `musicai correct`"

    def _example(self, track: Confirmed) -> Example:
        return Example(
            name=f"{track.library}/{os.fsdecode(track.path)}",
            genre=track.genre,
            file=Path(os.fsdecode(track.file(self._mounts))),
            group=track.group,
            artist=track.artist,
            audio_hash=track.audio_hash,
        )
