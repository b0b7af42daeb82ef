"""The most doubtful answers of one model, for each kind of doubt.

Each list is taken from the most doubtful end of an index; only when that holds too few, because an
expression leaves most out or nearly all is right, is all of it looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    UnaryExpression,
    and_,
    exists,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from musicai.catalogue.query.corrected import is_about_this_sound
from musicai.catalogue.query.genre_key import GenreKey, genre_key, names_genre
from musicai.catalogue.query.question import Question
from musicai.catalogue.tables import Correction, Model, Prediction, Score, Track
from musicai.states import UNKNOWN, Doubt

LEAST_DISCORD = 0.2
"""Below it excerpts are as different as those of any piece."""

HEADS = (2_000, 50_000)
"""How much of an order is looked at before all of it is: mostly the first few have enough."""


@dataclass(frozen=True)
class _List:
    """The answers that a kind of doubt falls on.

    Parameters
    ----------
    order: the most doubtful first; an index has it.
    where: what else must hold of an answer, its track and its correction.
    """

    order: UnaryExpression[float] | InstrumentedAttribute[float]
    where: ColumnElement[bool]


def most_doubtful(
    session: Session, question: Question, model: Model, doubt: Doubt, *, with_corrected: bool, limit: int
) -> list[int]:
    """Return the ids of the predictions that a kind of doubt falls on, the most doubtful first."""
    if doubt is Doubt.CORRECTION and not with_corrected:
        return []
    if doubt is Doubt.MODEL and not _others_heard(session, model):
        return []
    answers = _answers(question, with_corrected=with_corrected)
    with question.translating():
        if doubt in (Doubt.STALE, Doubt.CORRECTION):
            return list(session.scalars(_among_corrected(answers, doubt).limit(limit)))
        wanted = _list(doubt, model)
        found: list[int] = []
        for head in (*HEADS, None):
            found = list(session.scalars(_read(answers, model, wanted, head).limit(limit)))
            if len(found) == limit:
                break
        return found


def _answers(question: Question, *, with_corrected: bool) -> Select[Any]:
    answers = question.select(Prediction.id).where(Prediction.id.is_not(None))
    if with_corrected:
        return answers
    return answers.where(or_(Correction.id.is_(None), ~is_about_this_sound()))


def _read(answers: Select[Any], model: Model, wanted: _List, head: int | None) -> Select[Any]:
    statement = answers.where(wanted.where)
    if head is not None:
        # by track too: SQLite would go through all tracks to look for these answers
        chosen = (
            select(Prediction.id, Prediction.track_id)
            .where(Prediction.model_id == model.id)
            .order_by(wanted.order)
            .limit(head)
        ).subquery()
        statement = statement.where(
            Prediction.id.in_(select(chosen.c.id)), Track.id.in_(select(chosen.c.track_id))
        )
    return statement.order_by(wanted.order, Prediction.id)


def _list(doubt: Doubt, model: Model) -> _List:
    surest = Prediction.margin.desc()
    says_something = Prediction.genre != UNKNOWN
    match doubt:
        case Doubt.UNCERTAIN:
            return _List(Prediction.margin, true())
        case Doubt.EXCERPTS:
            return _List(Prediction.discord.desc(), Prediction.discord >= LEAST_DISCORD)
        case Doubt.TAG:
            return _List(surest, and_(Track.tag.is_not(None), says_something, _contradicts_tag(model)))
        case _:
            contradicted = exists().where(*_another_answer(aliased(Prediction)))
            return _List(surest, and_(says_something, contradicted))


def _contradicts_tag(model: Model) -> ColumnElement[bool]:
    known = [names_genre(Track.tag, genre_key(genre)) for genre in model.side_car.get("genres", ())]
    return and_(~names_genre(Track.tag, GenreKey(Prediction.genre)), or_(false(), *known))


def _among_corrected(answers: Select[Any], doubt: Doubt) -> Select[Any]:
    """Return the answers on tracks that people have said something about: few beside all tracks."""
    is_stale = ~is_about_this_sound()
    differs = GenreKey(Correction.genre) != GenreKey(Prediction.genre)
    holds = is_stale if doubt is Doubt.STALE else and_(~is_stale, differs, Prediction.genre != UNKNOWN)
    said = aliased(Correction)
    corrected = select(said.track_id).where(said.withdrawn_at.is_(None))
    statement = answers.where(Track.id.in_(corrected), holds)
    return statement.order_by(Correction.id.desc(), Prediction.id)


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
