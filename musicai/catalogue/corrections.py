"""Reading a person's words on genres: what a model can be taught."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Literal

from sqlalchemy.orm import Session

from musicai.catalogue.files import path_bytes
from musicai.catalogue.query.corrected import is_about_this_sound
from musicai.catalogue.query.genre_key import genre_key
from musicai.catalogue.query.question import ask
from musicai.catalogue.tables import Correction, Library, Track
from musicai.states import TrackState

_NOBODY = frozenset(("", "unknown", "unknownartist", "various", "variousartists", "va"))
"""What stands in tags instead of an artist."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A track whose genre a person has confirmed.

    Parameters
    ----------
    track_id: its row.
    library: name of its library.
    root: of the library as the catalogue keeps it; `library_root` knows where this node finds it.
    path: bytes of its path within the library.
    genre: the person's word.
    audio_hash: which sound was meant, and which the file holds as far as the catalogue knows.
    artist, album: from the file's tags.
    """

    track_id: int
    library: str
    root: str
    path: bytes
    genre: str
    audio_hash: str
    artist: str | None
    album: str | None

    @property
    def grouped_by(self) -> Literal["artist", "album", "folder"]:
        """What the group was made of: the first of the three that the track has."""
        if _name(self.artist or "") not in _NOBODY:
            return "artist"
        return "album" if self.album and self.album.strip() else "folder"

    @property
    def group(self) -> str:
        """What must not be torn apart when a model is tested: all of an artist, else album, else folder.

        Artists and albums are compared without case and punctuation, and across libraries.
        """
        by = self.grouped_by
        if by == "folder":
            return f"folder:{self.library}:{self.path.rpartition(b'/')[0].decode(errors='replace')}"
        return f"{by}:{_name((self.artist if by == 'artist' else self.album) or '')}"


def _name(text: str) -> str:
    # names such as '!!!' have neither letters nor digits
    return genre_key(text) or text.strip().casefold()


def confirmed(session: Session, expression: str = "") -> Iterator[Confirmed]:
    """Yield the tracks whose genre a person has confirmed, one for each sound, ordered by its hash.

    A word counts when it is the latest about its track and was not withdrawn, when the file was there at
    the last scan, and when it holds the sound that was meant: stale words are left out, and so are words
    about tracks that nobody has heard yet. Of several tracks with one sound the latest word decides.
    Memory does not grow with the number of tracks; the order does not depend on when they were added.

    Parameters
    ----------
    expression: which tracks to take, as in `musicai query`; all by default.

    Raises
    ------
    QueryError: the expression is wrong at one place.
    """
    question = ask(session, expression)
    statement = (
        question.select(
            Track.id,
            Library.name,
            Library.root,
            Track.path,
            Track.raw_path,
            Correction.id.label("word_id"),
            Correction.genre,
            Track.audio_hash,
            Track.artist,
            Track.album,
        )
        .where(Track.state == TrackState.PRESENT, Correction.audio_hash.is_not(None), is_about_this_sound())
        # an expression about models has a row for each of them
        .distinct()
        .order_by(Track.audio_hash, Correction.id.desc())
    )
    for _, same in groupby(question.stream(session, statement), key=attrgetter("audio_hash")):
        row = next(same)
        yield Confirmed(
            track_id=row.id,
            library=row.name,
            root=row.root,
            path=path_bytes(row.path, row.raw_path),
            genre=row.genre,
            audio_hash=row.audio_hash,
            artist=row.artist,
            album=row.album,
        )
