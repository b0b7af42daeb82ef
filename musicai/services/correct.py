"""Recording a person's word on the genre of tracks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue import correcting
from musicai.catalogue.query.vocabulary import Vocabulary, read_vocabulary
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Library, Track
from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.services.actor import current_actor
from musicai.services.corrected import FIRST, Corrected, LeftOut
from musicai.services.find_tracks import find_fitting, find_tracks
from musicai.services.genre_names import Named, name_genre
from musicai.services.tag_genres import genre_of_tag
from musicai.states import CorrectionSource

UNHEARD = "not heard yet, so that the tags are not known"
_AT_ONCE = 1000


@dataclass(frozen=True)
class Wish:
    """What `musicai correct` was asked: which tracks, and exactly one of a genre, their tags, a withdrawal.

    Parameters
    ----------
    paths: files and folders; empty when an expression chooses.
    where: query expression, None when paths choose.
    model: whose answers the expression is about; empty for the active one.
    """

    paths: Sequence[str] = ()
    where: str | None = None
    model: str = ""
    genre: str | None = None
    from_tags: bool = False
    withdraw: bool = False
    dry_run: bool = False

    def check(self) -> None:
        """Refuse what is contradictory or says nothing."""
        if bool(self.paths) == (self.where is not None):
            raise ConfigError("say which tracks: either PATH... or --where EXPR")
        if self.where is not None and not self.where.strip():
            raise ConfigError("--where needs an expression, as in --where 'guess:hiphop path:speech'")
        if [self.genre is not None, self.from_tags, self.withdraw].count(True) != 1:
            raise ConfigError("say what is right: one of --genre GENRE, --from-tags and --withdraw")


def preview_genre(engine: Engine, text: str) -> Named:
    """Return the genre that a text names, and do nothing about it; ConfigError when it names none."""
    with reading(engine) as session:
        return name_genre(text, read_vocabulary(session))


def correct(engine: Engine, settings: Settings, wish: Wish) -> Corrected:
    """Record, or take back, a person's word on every track that is meant, or on none.

    Raises
    ------
    ConfigError: the wish contradicts itself, or names no genre.
    NotFoundError: a path holds no track of the catalogue.
    QueryError: the expression is wrong at one place.
    """
    wish.check()
    with transaction(engine) as session:
        result = _correct(session, settings, wish)
        if wish.dry_run:
            session.rollback()
    result.dry_run = wish.dry_run
    return result


def _correct(session: Session, settings: Settings, wish: Wish) -> Corrected:
    vocabulary = read_vocabulary(session)
    named = name_genre(wish.genre, vocabulary) if wish.genre is not None else None
    if wish.where is not None:
        track_ids = find_fitting(session, settings, wish.where, wish.model)
    else:
        track_ids = find_tracks(session, settings, wish.paths)
    result = Corrected(len(track_ids))
    if wish.withdraw:
        result.withdrawn = correcting.withdraw(session, track_ids)
    elif named is not None:
        words = dict.fromkeys(track_ids, named)
        _record(session, words, CorrectionSource.PERSON, result)
    else:
        words = _words_of_tags(session, track_ids, vocabulary, result)
        _record(session, words, CorrectionSource.TAGS, result)
    return result


def _record(session: Session, words: dict[int, Named], source: CorrectionSource, result: Corrected) -> None:
    genres = {track_id: named.genre for track_id, named in words.items()}
    done = correcting.record(session, genres, source=source, actor=current_actor())
    result.recorded, result.replaced, result.unchanged = done.recorded, done.replaced, done.unchanged
    result.genres = dict(Counter(genres.values()).most_common())
    # one for each genre, in the order of frequency
    distinct = {named.genre: named for named in words.values()}
    new = [distinct[genre] for genre in result.genres if not distinct[genre].is_known]
    result.new_genres = [named.genre for named in new]
    result.warnings = [
        f"{named.genre!r} is new; did you mean {named.near!r}?" for named in new if named.near
    ]


def _words_of_tags(
    session: Session, track_ids: Sequence[int], vocabulary: Vocabulary, result: Corrected
) -> dict[int, Named]:
    words: dict[int, Named] = {}
    known: dict[str | None, Named | str] = {}
    for track_id, tag, sound, library, path in _tagged(session, track_ids):
        if tag not in known:
            known[tag] = genre_of_tag(tag, vocabulary)
        said = known[tag] if sound is not None or tag is not None else UNHEARD
        if isinstance(said, Named):
            words[track_id] = said
        else:
            left = result.left_out.setdefault(said, LeftOut())
            left.count += 1
            left.first += [f"{library}:{path}"] if len(left.first) < FIRST else []
    return words


def _tagged(
    session: Session, track_ids: Sequence[int]
) -> Iterator[tuple[int, str | None, str | None, str, str]]:
    columns = (Track.id, Track.tag, Track.audio_hash, Library.name, Track.path)
    for start in range(0, len(track_ids), _AT_ONCE):
        ids = track_ids[start : start + _AT_ONCE]
        wanted = select(*columns).join(Library, Library.id == Track.library_id).where(Track.id.in_(ids))
        yield from session.execute(wanted.order_by(Library.name, Track.path, Track.id))
