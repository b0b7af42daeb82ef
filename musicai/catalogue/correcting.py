"""Writing a person's words on genres: append-only, so that nothing that was said is ever lost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from musicai.catalogue.session import now
from musicai.catalogue.tables import Base, Correction, Track
from musicai.states import CorrectionSource

LONGEST_GENRE = 80
"""Characters that a genre may have: what the column holds."""
NO_SOUND = ""
"""Instead of an audio hash: the file changed before anybody heard which sound was meant."""

_AT_ONCE = 1000
# the table itself: bulk statements without the unit of work
_CORRECTION = Base.metadata.tables["correction"]


@dataclass(frozen=True)
class Recorded:
    """What came of words.

    Parameters
    ----------
    recorded: tracks that have a new word.
    replaced: those of them that had another word before, or one about another sound.
    unchanged: tracks about which the same had been said, of the same sound.
    """

    recorded: int = 0
    replaced: int = 0
    unchanged: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.recorded + other.recorded,
            self.replaced + other.replaced,
            self.unchanged + other.unchanged,
        )


def record(session: Session, words: Mapping[int, str], *, source: CorrectionSource, actor: str) -> Recorded:
    """Write what a person says: track id -> genre. Earlier words of these tracks are withdrawn, not lost.

    Saying the same of the same sound again changes nothing, whoever says it.
    """
    total = Recorded()
    for ids in _portions(words):
        total += _record(session, {id_: words[id_] for id_ in ids}, source, actor)
    return total


def _record(session: Session, words: Mapping[int, str], source: CorrectionSource, actor: str) -> Recorded:
    moment = now()
    sounds = _lock(session, words)
    standing = _standing(session, words)
    new = {id_: words[id_] for id_ in sounds if standing.get(id_) != (words[id_], sounds[id_])}
    _withdraw(session, list(new))
    rows = [
        {
            "track_id": id_,
            "genre": genre,
            "source": source.value,
            "audio_hash": sounds[id_],
            "actor": actor,
            "created_at": moment,
        }
        for id_, genre in new.items()
    ]
    if rows:
        session.execute(insert(_CORRECTION), rows)
    return Recorded(len(new), len(new.keys() & standing.keys()), len(sounds) - len(new))


def withdraw(session: Session, track_ids: Collection[int]) -> int:
    """Take the words of tracks back and return how many there were; they stay in the history."""
    count = 0
    for ids in _portions(track_ids):
        _lock(session, ids)
        count += _withdraw(session, ids)
    return count


def _portions(track_ids: Collection[int]) -> Iterator[list[int]]:
    # one order for everybody: two people at once would wait for each other for ever otherwise
    ordered = sorted(track_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _lock(session: Session, track_ids: Collection[int]) -> dict[int, str | None]:
    """Return the sound of each track, and keep others from saying something meanwhile."""
    wanted = select(Track.id, Track.audio_hash).where(Track.id.in_(track_ids)).order_by(Track.id)
    return dict(iter(session.execute(wanted.with_for_update(key_share=True))))


def _standing(session: Session, track_ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    wanted = select(Correction.track_id, Correction.genre, Correction.audio_hash)
    rows = session.execute(
        wanted.where(Correction.track_id.in_(track_ids), Correction.withdrawn_at.is_(None))
    )
    return {track_id: (genre, sound) for track_id, genre, sound in rows}


def _withdraw(session: Session, track_ids: Sequence[int]) -> int:
    result = session.execute(
        update(_CORRECTION)
        .where(_CORRECTION.c.track_id.in_(track_ids), _CORRECTION.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now())
        .returning(_CORRECTION.c.id)
    )
    return len(result.all())


def hear(session: Session, track_ids: Collection[int]) -> None:
    """Give words their sound after a worker heard some tracks, whose `audio_hash` is already written.

    A word that was said before anybody heard the track is about what is heard now. A track of which nobody
    ever said anything takes over the word on the same sound elsewhere: a file that was copied to another
    disk, and so is another track, keeps its word.
    """
    for ids in _portions(track_ids):
        sound = select(Track.audio_hash).where(Track.id == Correction.track_id).scalar_subquery()
        unheard = (Correction.track_id.in_(ids), Correction.audio_hash.is_(None))
        session.execute(
            update(Correction).where(*unheard).values(audio_hash=sound),
            execution_options={"synchronize_session": False},
        )
        _take_over(session, ids)


def _take_over(session: Session, track_ids: Sequence[int]) -> None:
    word = aliased(Correction)
    newest = (
        select(Track.id.label("track_id"), func.max(word.id).label("word_id"))
        .join(word, word.audio_hash == Track.audio_hash)
        .where(
            Track.id.in_(track_ids),
            word.withdrawn_at.is_(None),
            ~exists().where(Correction.track_id == Track.id),
        )
        .group_by(Track.id)
        .subquery()
    )
    rows = select(
        newest.c.track_id, word.genre, word.source, word.audio_hash, word.actor, word.created_at
    ).join(word, word.id == newest.c.word_id)
    names = ["track_id", "genre", "source", "audio_hash", "actor", "created_at"]
    session.execute(insert(_CORRECTION).from_select(names, rows))


def change(session: Session, track_ids: Collection[int]) -> None:
    """Note that files changed: which sound a word was about that nobody had heard will never be known."""
    for ids in _portions(track_ids):
        session.execute(
            update(_CORRECTION)
            .where(_CORRECTION.c.track_id.in_(ids), _CORRECTION.c.audio_hash.is_(None))
            .values(audio_hash=NO_SOUND)
        )
