"""``--sort artist,confidence-``: by any field, a minus at either end descends, unknown values last."""

from typing import Any

from sqlalchemy import SQLColumnExpression, func, select

from musicai.catalogue.query.conditions import spellings
from musicai.catalogue.query.fields import (
    SCORE,
    SCORE_PREFIX,
    Field,
    Kind,
    field_names,
    find_field,
    suggest,
)
from musicai.catalogue.query.vocabulary import Vocabulary
from musicai.catalogue.tables import Library, Prediction, Score, Track
from musicai.errors import QueryError

Order = SQLColumnExpression[Any]


def ordering(sort: str, vocabulary: Vocabulary) -> list[Order]:
    """Return what to order by; library and path decide between equals, so that the order never varies.

    Raises
    ------
    QueryError: there is no such field, or no such genre; points at it.
    """
    orders: list[Order] = []
    position = 0
    for part in sort.split(",") if sort.strip() else []:
        orders.append(_one_order(sort, part, position, vocabulary))
        position += len(part) + 1
    return [*orders, Library.name, Track.path, Track.id, Prediction.id]


def _one_order(sort: str, part: str, position: int, vocabulary: Vocabulary) -> Order:
    written = part.strip()
    name = written.strip("+-")
    position = min(position + len(part) - len(part.lstrip(" +-")), len(sort) - 1)
    field = find_field(name)
    if field is None:
        reason = f"cannot sort by {name!r}: there is no such field{suggest(name, field_names())}"
        raise QueryError(reason, sort, position)
    value = _value(field, name, sort, position, vocabulary)
    descending = written.startswith("-") or written.endswith("-")
    return (value.desc() if descending else value.asc()).nulls_last()


def _value(
    field: Field, name: str, sort: str, position: int, vocabulary: Vocabulary
) -> SQLColumnExpression[Any]:
    if field is SCORE:
        genres = spellings(Kind.GENRE, name[len(SCORE_PREFIX) :], position, vocabulary, sort)
        chosen = select(func.max(Score.score)).where(Score.genre.in_(genres))
        return chosen.where(Score.prediction_id == Prediction.id).correlate(Prediction).scalar_subquery()
    return func.lower(field.column) if field.kind is Kind.TEXT else field.column
