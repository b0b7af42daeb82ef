"""The most doubtful answers of one model, for each kind of doubt.

Each list is read off an index from its most doubtful end: the answers behind its end are not looked at,
however many there are.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from musicai.catalogue.query.corrected import is_about_this_sound, is_standing
from musicai.catalogue.query.genre_key import GenreKey, genre_key, names_genre
from musicai.catalogue.query.question import Question
from musicai.catalogue.tables import Correction, Library, Model, Prediction, Score, Track
from musicai.states import UNKNOWN, Doubt

LEAST_DISCORD = 0.2
"""Below it excerpts are as different as those of any piece."""

Answers: TypeAlias = Select[Any]
_SURE = (Prediction.margin.desc(), Prediction.id)


def most_doubtful(
    session: Session, question: Question, model: Model, doubt: Doubt, *, with_corrected: bool, limit: int
) -> list[int]:
    """Return the ids of the predictions that a kind of doubt falls on, the most doubtful first."""
    if doubt is Doubt.CORRECTION and not with_corrected:
        return []
    if doubt is Doubt.MODEL and not _others_heard(session, model):
        return []
    statement = _LISTS[doubt](_answers(question, model, with_corrected=with_corrected), model)
    with question.translating():
        return list(session.scalars(statement.limit(limit)))


def _answers(question: Question, model: Model, *, with_corrected: bool) -> Answers:
    statement = (
        select(Prediction.id)
        .join(Track, Track.id == Prediction.track_id)
        .join(Library, Library.id == Track.library_id)
        .join(Model, Model.id == Prediction.model_id)
        .outerjoin(Correction, is_standing())
        .where(
            Prediction.model_id == model.id,
            _opaque(Track.audio_hash == Prediction.audio_hash),
            question.condition,
        )
    )
    if with_corrected:
        return statement
    return statement.where(or_(Correction.id.is_(None), ~is_about_this_sound()))


def _opaque(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition about which PostgreSQL makes no guess.

    It takes such a one for a condition that hardly any row meets, reads all answers and sorts them, where
    the head of an index has enough.
    """
    return func.coalesce(condition, false())


def _uncertain(answers: Answers, model: Model) -> Answers:
    return answers.order_by(Prediction.margin, Prediction.id)


def _excerpts(answers: Answers, model: Model) -> Answers:
    return answers.where(Prediction.discord >= LEAST_DISCORD).order_by(
        Prediction.discord.desc(), Prediction.id
    )


def _tag(answers: Answers, model: Model) -> Answers:
    known = [names_genre(Track.tag, genre_key(genre)) for genre in model.side_car.get("genres", ())]
    agrees = names_genre(Track.tag, GenreKey(Prediction.genre))
    differs = _opaque(and_(~agrees, or_(false(), *known)))
    return answers.where(Track.tag.is_not(None), Prediction.genre != UNKNOWN, differs).order_by(*_SURE)


def _model(answers: Answers, model: Model) -> Answers:
    contradicted = _opaque(exists().where(*_another_answer(aliased(Prediction))))
    return answers.where(Prediction.genre != UNKNOWN, contradicted).order_by(*_SURE)


def _correction(answers: Answers, model: Model) -> Answers:
    differs = GenreKey(Correction.genre) != GenreKey(Prediction.genre)
    return answers.where(is_about_this_sound(), differs, Prediction.genre != UNKNOWN).order_by(*_SURE)


def _stale(answers: Answers, model: Model) -> Answers:
    return answers.where(Correction.id.is_not(None), ~is_about_this_sound()).order_by(
        Correction.id.desc(), Prediction.id
    )


_LISTS: dict[Doubt, Callable[[Answers, Model], Answers]] = {
    Doubt.UNCERTAIN: _uncertain,
    Doubt.EXCERPTS: _excerpts,
    Doubt.TAG: _tag,
    Doubt.MODEL: _model,
    Doubt.CORRECTION: _correction,
    Doubt.STALE: _stale,
}


def _another_answer(other: Any) -> Sequence[ColumnElement[bool]]:
    """Return what makes another model's prediction one that contradicts `Prediction`."""
    return (
        other.track_id == Prediction.track_id,
        other.model_id != Prediction.model_id,
        other.audio_hash == Prediction.audio_hash,
        other.genre != UNKNOWN,
        other.genre != Prediction.genre,
        GenreKey(other.genre) != GenreKey(Prediction.genre),
    )


def _others_heard(session: Session, model: Model) -> bool:
    """Whether another model has answered anything: without a look, every answer would be tried in vain."""
    others = session.scalars(select(Model.id).where(Model.id != model.id)).all()
    wanted = (select(Prediction.id).where(Prediction.model_id == other).limit(1) for other in others)
    return any(session.scalars(one).first() is not None for one in wanted)


def contradictions(session: Session, prediction_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return id -> (id, model, genre, confidence), the surest contradiction of another model."""
    other, model = aliased(Prediction), aliased(Model)
    statement = (
        select(Prediction.id, model.name.label("model"), other.genre, other.confidence)
        .join(other, and_(*_another_answer(other)))
        .join(model, model.id == other.model_id)
        .where(Prediction.id.in_(prediction_ids), Prediction.genre != UNKNOWN)
        # the last one for each id stays
        .order_by(other.confidence, other.id)
    )
    found: Iterable[Row[Any]] = session.execute(statement)
    return {row.id: row for row in found}


def runner_up(column: Any) -> Any:
    """Return the genre or the score that came second, as a column beside a prediction."""
    second = select(column).where(Score.prediction_id == Prediction.id, Score.genre != Prediction.guess)
    return second.order_by(Score.score.desc(), Score.genre).limit(1).correlate(Prediction).scalar_subquery()
