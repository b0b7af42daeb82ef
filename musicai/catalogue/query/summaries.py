"""Counts by state, genre, confidence, error, tag and correction: the database adds up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from musicai.catalogue.query.corrected import corrected_conditions, is_about_this_sound
from musicai.catalogue.query.genre_key import GenreKey, genre_key, names_genre
from musicai.catalogue.query.question import Question
from musicai.catalogue.query.row_state import state_column, state_conditions
from musicai.catalogue.tables import Correction, Library, Prediction, Track
from musicai.states import UNKNOWN, CorrectionState, RowState

BINS = 10
# with a plain comparison SQLite begins at the predictions and jumps from track to track: ten times as slow
_SAYS_SOMETHING = func.coalesce(Prediction.genre, UNKNOWN) != UNKNOWN
Rows = Sequence[Row[Any]]


def count_states(session: Session, question: Question) -> Rows:
    """Return (library, state, tracks, duration_s) for each state in each library."""
    state = state_column()
    columns = (
        Library.name.label("library"),
        state.label("state"),
        func.count().label("tracks"),
        func.coalesce(func.sum(Track.duration_s), 0.0).label("duration_s"),
    )
    return session.execute(
        question.select(*columns).group_by(Library.name, state).order_by(Library.name)
    ).all()


def count_genres(session: Session, question: Question) -> Rows:
    """Return (genre, tracks, mean_confidence), the most frequent genre first."""
    tracks = func.count().label("tracks")
    mean = func.avg(Prediction.confidence).label("mean_confidence")
    statement = question.select(Prediction.genre, tracks, mean).where(Prediction.id.is_not(None))
    return session.execute(
        statement.group_by(Prediction.genre).order_by(tracks.desc(), Prediction.genre)
    ).all()


def count_confidences(session: Session, question: Question) -> list[int]:
    """Return how many answers have a confidence in each tenth from 0 to 1."""
    edges = [n / BINS for n in range(BINS)]
    bins = [
        func.sum(case((_between(low, edges[n + 1] if n + 1 < BINS else None), 1), else_=0))
        for n, low in enumerate(edges)
    ]
    return [count or 0 for count in session.execute(question.select(*bins)).one()]


def _between(low: float, high: float | None) -> ColumnElement[bool]:
    above = Prediction.confidence >= low
    return above if high is None else and_(above, Prediction.confidence < high)


def count_failures(session: Session, question: Question) -> list[tuple[str, int, str | None, str]]:
    """Return (error, tracks, reason, path) for each error code; reason and path are those of one track."""
    tracks = func.count().label("tracks")
    failed = question.select(Track.error_code, tracks, func.min(Track.id).label("example"))
    failed = failed.where(state_conditions()[RowState.FAILED]).group_by(Track.error_code)
    found = session.execute(failed.order_by(tracks.desc(), Track.error_code)).all()
    ids = [row.example for row in found]
    examples = {t.id: t for t in session.scalars(select(Track).where(Track.id.in_(ids)))}
    return [(code, n, examples[id_].error_reason, examples[id_].path) for code, n, id_ in found]


def count_tags(session: Session, question: Question) -> tuple[int, int, int]:
    """Return how many answered tracks are tagged, how many of those comparable, how many of those agree.

    Comparable are those whose tag is a genre of a model, and whose answer is not 'unknown'.
    """
    known = [names_genre(Track.tag, genre_key(name)) for name in question.vocabulary.genres]
    comparable = and_(or_(false(), *known), Prediction.genre != UNKNOWN)
    agreeing = and_(comparable, names_genre(Track.tag, GenreKey(Prediction.genre)))
    sums = (GenreKey(Track.tag) != "", comparable, agreeing)
    counts = [func.sum(case((condition, 1), else_=0)) for condition in sums]
    row = session.execute(question.select(*counts).where(Prediction.id.is_not(None))).one()
    tagged, compared, agreed = (count or 0 for count in row)
    return tagged, compared, agreed


def count_words(session: Session, question: Question) -> tuple[int, int, int, int]:
    """Return how many tracks carry a word, how many a stale one, how many are comparable, how many agree.

    Comparable are those with a word that counts, and whose answer is not 'unknown'.
    """
    said = corrected_conditions()
    comparable = and_(said[CorrectionState.YES], Prediction.genre != UNKNOWN)
    agreeing = and_(comparable, GenreKey(Prediction.genre) == GenreKey(Correction.genre))
    sums = (said[CorrectionState.YES], said[CorrectionState.STALE], comparable, agreeing)
    counts = [func.sum(case((condition, 1), else_=0)) for condition in sums]
    row = session.execute(question.select(*counts).where(Correction.id.is_not(None))).one()
    corrected, stale, compared, agreed = (count or 0 for count in row)
    return corrected, stale, compared, agreed


def most_frequent_mistakes(session: Session, question: Question, limit: int) -> Rows:
    """Return (correction, genre, tracks) where a person's word and the answer are not the same."""
    tracks = func.count().label("tracks")
    differ = GenreKey(Prediction.genre) != GenreKey(Correction.genre)
    columns = (Correction.genre.label("correction"), Prediction.genre.label("genre"), tracks)
    said = (Correction.id.is_not(None), is_about_this_sound(), _SAYS_SOMETHING)
    statement = question.select(*columns).where(*said, differ)
    statement = statement.group_by(Correction.genre, Prediction.genre)
    return session.execute(
        statement.order_by(tracks.desc(), Correction.genre, Prediction.genre).limit(limit)
    ).all()


def most_frequent_disagreements(session: Session, question: Question, limit: int) -> Rows:
    """Return (tag, genre, tracks) where both say something and not the same."""
    tracks = func.count().label("tracks")
    tag = GenreKey(Track.tag)
    agreeing = names_genre(Track.tag, GenreKey(Prediction.genre))
    differ = and_(tag != "", _SAYS_SOMETHING, not_(agreeing))
    columns = (func.min(Track.tag).label("tag"), Prediction.genre, tracks)
    statement = question.select(*columns).where(differ).group_by(tag, Prediction.genre)
    return session.execute(statement.order_by(tracks.desc(), Prediction.genre).limit(limit)).all()
