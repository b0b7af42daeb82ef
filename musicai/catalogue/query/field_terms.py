"""One term about a field: its name, its comparison, its value."""

import re
import warnings

from musicai.catalogue.query.fields import (
    FIELDS,
    GENRES,
    SCORE,
    SCORE_PREFIX,
    SPOKEN,
    Field,
    Kind,
    field_names,
    find_field,
    suggest,
)
from musicai.catalogue.query.nodes import (
    ChoiceTerm,
    CorrectedTerm,
    How,
    RangeTerm,
    SameTerm,
    StateTerm,
    Term,
    TextTerm,
)
from musicai.catalogue.query.ranges import End, Span, read_span
from musicai.catalogue.query.words import Char, Word
from musicai.errors import QueryError
from musicai.states import CorrectionState, RowState

LONGEST_PATTERN = 1000

_OPERATORS = ("::", ":=", "!=", ":", "=")
_STATES = [state.value for state in RowState]
_ANSWERS = [state.value for state in CorrectionState]


def find_operator(word: Word) -> tuple[int, str] | None:
    """Return where the first comparison stands in a word, and which it is."""
    for index in range(len(word.chars)):
        for operator in _OPERATORS:
            chars = word.chars[index : index + len(operator)]
            if len(chars) == len(operator) and all(map(_means, chars, operator)):
                return index, operator
    return None


def _means(char: Char, symbol: str) -> bool:
    return char.means(symbol)


def field_term(expression: str, name: Word, operator: str, value: Word) -> Term:
    """Return the term ``name operator value``; QueryError points at the part that is wrong."""
    if not name.chars and operator == "::":
        return TextTerm(None, How.REGEX, _pattern(expression, value), value.position)
    field = _field(expression, name)
    if not value.text:
        reason = f"{name.text}{operator} needs a value, as in {field.example}"
        raise QueryError(reason, expression, value.position)
    if operator in ("=", "!="):
        return _same_term(expression, field, operator, name, value)
    if operator == "::" and field.kind not in SPOKEN:
        reason = f"{field.name} is {_what(field)} and has no regular expressions; try {field.example}"
        raise QueryError(reason, expression, name.position)
    return _value_term(expression, field, operator, name, value)


def _field(expression: str, name: Word) -> Field:
    if not name.text:
        raise QueryError("the name of a field is missing here", expression, name.position)
    if field := find_field(name.text):
        return field
    known = [*field_names(), *(a for f in FIELDS for a in f.aliases)]
    hint = suggest(name.text, known) or "; put it in quotes to search for the text"
    raise QueryError(f"there is no field {name.text!r}{hint}", expression, name.position)


def _same_term(expression: str, left: Field, operator: str, name: Word, value: Word) -> SameTerm:
    right = find_field(value.text)
    if right is None:
        reason = f"{operator} compares two fields, and {value.text!r} is none"
        reason += suggest(value.text, field_names())
        example = f"{'^' if operator == '!=' else ''}{name.text}:{value.text}"
        raise QueryError(f"{reason}; to look for the value write {example}", expression, value.position)
    for field, word in ((left, name), (right, value)):
        if field.kind not in SPOKEN:
            reason = f"only texts can be compared with one another, and {field.name} is {_what(field)}"
            raise QueryError(reason, expression, word.position)
    return SameTerm(left, right, same=operator == "=")


def _value_term(expression: str, field: Field, operator: str, name: Word, value: Word) -> Term:
    if operator == "::":
        return TextTerm(field, How.REGEX, _pattern(expression, value), value.position)
    if field.kind is Kind.TEXT:
        return TextTerm(field, How(operator), value.text, value.position)
    if field.kind in (*GENRES, Kind.NAME):
        return ChoiceTerm(field, value.text, value.position)
    if field.kind is Kind.STATE:
        return StateTerm(RowState(_one_of(expression, "state", _STATES, value)))
    if field.kind is Kind.CORRECTED:
        return CorrectedTerm(CorrectionState(_one_of(expression, "answer", _ANSWERS, value)))
    return _range_term(expression, field, operator, name, value)


def _what(field: Field) -> str:
    return field.kind.value if field.kind is Kind.CORRECTED else f"a {field.kind.value}"


def _one_of(expression: str, what: str, known: list[str], value: Word) -> str:
    text = value.text.lower()
    if text not in known:
        reason = f"there is no {what} {value.text!r}{suggest(text, known)}; there are {', '.join(known)}"
        raise QueryError(reason, expression, value.position)
    return text


def _pattern(expression: str, value: Word) -> str:
    """Return a regular expression that the engine here accepts; databases may still refuse it."""
    pattern = value.pattern
    if not pattern:
        raise QueryError("a regular expression is missing here", expression, value.position)
    if len(pattern) > LONGEST_PATTERN:
        reason = f"the regular expression is longer than {LONGEST_PATTERN} characters; shorten it"
        raise QueryError(reason, expression, value.position)
    try:
        with warnings.catch_warnings():
            # what Python only warns about ("possible nested set") other engines read differently
            warnings.simplefilter("error")
            re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError, Warning) as err:
        raise QueryError(f"this is no regular expression: {err}", expression, value.position) from err
    return pattern


def _range_term(expression: str, field: Field, operator: str, name: Word, value: Word) -> RangeTerm:
    low, high, includes_high = _bounds(expression, field, operator, value)
    if field is not SCORE:
        return RangeTerm(field, low, high, includes_high)
    genre = name.since(len(SCORE_PREFIX))
    return RangeTerm(field, low, high, includes_high, genre.text, genre.position)


def _bounds(expression: str, field: Field, operator: str, value: Word) -> tuple[End, End, bool]:
    """Return lowest, highest, and whether the highest is still in."""
    low_text, dots, high_text = value.text.partition("..")
    if not dots:
        span = _span(expression, field, low_text, value.position)
        return (span.exact, span.exact, True) if operator == ":=" else (span.low, span.high, False)
    if not low_text and not high_text:
        raise QueryError(f"the range has no end; write {field.example}", expression, value.position)
    low = _span(expression, field, low_text, value.position).exact if low_text else None
    if not high_text:
        return low, None, True
    high = _span(expression, field, high_text, value.since(len(low_text) + 2).position)
    if low is not None and low > high.exact:  # type: ignore[operator]  # both are of the field's kind
        raise QueryError("the range ends before it begins", expression, value.position)
    # up to a day means all of that day
    return (low, high.high, False) if field.kind is Kind.INSTANT else (low, high.exact, True)


def _span(expression: str, field: Field, text: str, position: int) -> Span:
    try:
        return read_span(field, text)
    except ValueError as err:
        raise QueryError(str(err), expression, position) from err
