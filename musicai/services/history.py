"""Everything that people ever said about the genre of one track."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Correction, Track


@dataclass(frozen=True)
class Said:
    """One word of a person."""

    genre: str
    """The genre that was named."""
    source: str
    """Where it comes from, see below."""
    actor: str
    """USER@HOST of whoever said so."""
    created_at: datetime
    """When."""
    withdrawn_at: datetime | None
    """Since when it does not count any more: taken back, or replaced by a later word."""
    stale: bool
    """Whether it is about another sound than the file holds now, as far as that is known."""

    def to_json(self) -> dict[str, Any]:
        """Return the word as a JSON object."""
        instants = (self.created_at.isoformat(), self.withdrawn_at and self.withdrawn_at.isoformat())
        return {**asdict(self), "created_at": instants[0], "withdrawn_at": instants[1]}


def read_history(session: Session, track: Track) -> list[Said]:
    """Return what people said about a track, the latest first."""
    wanted = select(Correction).where(Correction.track_id == track.id).order_by(Correction.id.desc())
    return [
        Said(
            genre=row.genre,
            source=row.source,
            actor=row.actor,
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            stale=row.audio_hash != track.audio_hash,
        )
        for row in session.scalars(wanted)
    ]
