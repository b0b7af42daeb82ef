"""The catalogue as a source: tracks whose genre a person has confirmed."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from sqlalchemy import Engine

from musicai.catalogue.corrections import Confirmed, confirmed
from musicai.catalogue.files import library_root
from musicai.catalogue.links import followed
from musicai.catalogue.session import reading
from musicai.config import Mounts
from musicai.library.mounted import check_mounted
from musicai.library_file import LibraryFile
from musicai.training.sources.example import Example, checked
from musicai.training.sources.sides import SIDES
from musicai.training.sources.source import Content, Listing, Source


class Catalogue(Source):
    """Tracks with a person's word on their genre, all of them or those that an expression asks for.

    Names keep their extension: in a library, two files may differ by nothing else.
    """

    kind = "catalogue"
    content: Content = "audio"

    def __init__(self, engine: Engine, expression: str, mounts: Mounts) -> None:
        self.location = expression
        self._engine, self._mounts = engine, mounts

    def listing(self) -> Listing:
        """Return one example for each sound.

        Raises
        ------
        QueryError: the expression is wrong.
        NodeFaultError: a library is not mounted on this node; another one may have it.
        """
        with reading(self._engine) as session:
            tracks = list(confirmed(session, self.location))
            linked = followed(session)
        for name, root in sorted({(track.library, track.root) for track in tracks}):
            # its tracks would all count as unreadable otherwise: the end of the run, or left out unnoticed
            check_mounted(name, library_root(name, root, self._mounts))
        coarse = _in_few_folders(tracks)
        return Listing(checked(self._example(track, track.genre not in coarse, linked) for track in tracks))

    def shape(self) -> str:
        """Return what it should look like."""
        return "confirm genres first, with `musicai correct`"

    def _example(self, track: Confirmed, grouped: bool, linked: Collection[str]) -> Example:  # noqa: FBT001
        root = library_root(track.library, track.root, self._mounts)
        within = LibraryFile(root, track.path, track.library in linked)
        return Example(
            name=f"{track.library}/{os.fsdecode(track.path)}",
            genre=track.genre,
            file=Path(os.fsdecode(within)),
            group=track.group if grouped or track.grouped_by != "folder" else None,
            artist=track.artist,
            audio_hash=track.audio_hash,
            within=within,
        )


def _in_few_folders(tracks: Sequence[Confirmed]) -> set[str]:
    """Return the genres that lie in too few folders to hold some out, as in a folder of each genre.

    Such a folder says nothing about what belongs together: its tracks are taken one by one.
    """
    groups: dict[str, set[str]] = {}
    for track in tracks:
        groups.setdefault(track.genre, set()).add(track.group)
    return {genre for genre, of_genre in groups.items() if len(of_genre) < len(SIDES)}
