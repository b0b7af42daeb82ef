"""Tree -> SQL. Values are always bound, never part of the statement's text."""

import re
import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    SQLColumnExpression,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)

from musicai.catalogue.query.corrected import corrected_conditions
from musicai.catalogue.query.fields import GENRES, SCORE, TAG, WORD_FIELDS, Field, Kind
from musicai.catalogue.query.genre_key import GenreKey, names_genre
from musicai.catalogue.query.nodes import (
    And,
    ChoiceTerm,
    CorrectedTerm,
    How,
    Node,
    Not,
    Or,
    RangeTerm,
    SameTerm,
    StateTerm,
    Term,
    TextTerm,
)
from musicai.catalogue.query.row_state import state_conditions
from musicai.catalogue.query.vocabulary import Vocabulary
from musicai.catalogue.tables import Instant, Prediction, Score
from musicai.errors import QueryError
from musicai.states import UNKNOWN

Condition = ColumnElement[bool]


def condition(node: Node, vocabulary: Vocabulary, expression: str) -> Condition:
    """Return the condition of a tree; QueryError points at a genre or a model that does not exist."""
    match node:
        case And(nodes):
            return and_(true(), *(condition(n, vocabulary, expression) for n in nodes))
        case Or(nodes):
            return or_(false(), *(condition(n, vocabulary, expression) for n in nodes))
        case Not(inner):
            # what is not known does not hold: without this, neither would its opposite
            return not_(func.coalesce(condition(inner, vocabulary, expression), false()))
        case _:
            return _term(node, vocabulary, expression)


def _term(term: Term, vocabulary: Vocabulary, expression: str) -> Condition:
    match term:
        case TextTerm():
            return _text(term)
        case ChoiceTerm(field, value, position):
            return field.column.in_(spellings(field.kind, value, position, vocabulary, expression))
        case StateTerm(state):
            return state_conditions()[state]
        case CorrectedTerm(state):
            return corrected_conditions()[state]
        case RangeTerm():
            return _range(term, vocabulary, expression)
        case SameTerm():
            return _same(term)


def spellings(kind: Kind, name: str, position: int, vocabulary: Vocabulary, expression: str) -> list[str]:
    """Return the spellings of a genre or a model; QueryError points at one that does not exist."""
    try:
        return vocabulary.find(kind, name)
    except ValueError as err:
        raise QueryError(str(err), expression, position) from err


def _text(term: TextTerm) -> Condition:
    fields = (term.field,) if term.field else WORD_FIELDS
    return or_(*(_compare_text(field.column, term.how, term.value) for field in fields))


def _compare_text(column: SQLColumnExpression[Any], how: How, value: str) -> Condition:
    if how is How.REGEX:
        return column.regexp_match(value, flags="i")
    if how is How.EXACTLY:
        return column.in_(_forms(value))
    return or_(*(_contains(column, form) for form in _forms(value)))


def _contains(column: SQLColumnExpression[Any], value: str) -> Condition:
    if not value.isascii():
        # SQLite's LIKE ignores the case of ASCII letters only
        return column.regexp_match(re.escape(value), flags="i")
    return column.ilike("%" + re.sub(r"([%_\\])", r"\\\1", value) + "%", escape="\\")


def _forms(value: str) -> list[str]:
    """Return the ways to write accents: file systems and tags each have their own."""
    return sorted({value, unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)})


def _range(term: RangeTerm, vocabulary: Vocabulary, expression: str) -> Condition:
    bounds = []
    if term.low is not None:
        bounds.append(term.field.column >= _bound(term.field, term.low))
    if term.high is not None:
        high = _bound(term.field, term.high)
        column = term.field.column
        bounds.append(column <= high if term.includes_high else column < high)
    if term.field is not SCORE:
        return and_(*bounds)
    genres = spellings(Kind.GENRE, term.genre, term.genre_position, vocabulary, expression)
    return exists().where(Score.prediction_id == Prediction.id, Score.genre.in_(genres), *bounds)


def _bound(field: Field, value: object) -> ColumnElement[Any]:
    # numbers are bound as floats even to whole columns: 0.5 must not be rounded on its way
    return literal(value, Instant() if field.kind is Kind.INSTANT else Float(53))


def _same(term: SameTerm) -> Condition:
    """Compare two fields where both say something; a genre that reads 'unknown' says nothing."""
    fields = (term.left, term.right)
    said = [GenreKey(field.column).not_in(("", UNKNOWN)) for field in fields]
    equal = _equal(*sorted(fields, key=lambda field: field is not TAG))
    return and_(*said, equal if term.same else not_(equal))


def _equal(left: Field, right: Field) -> Condition:
    if left is TAG and right.kind in GENRES:
        return names_genre(left.column, GenreKey(right.column))
    return GenreKey(left.column) == GenreKey(right.column)
