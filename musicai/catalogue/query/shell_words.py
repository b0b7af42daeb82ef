"""What the shell hands over -> one expression.

The shell takes the quotes off ``artist:"miles davis"``: an argument that begins with a field of text and
has blanks in its value is one term again, unless it is clearly a whole expression in quotes.
"""

import os
from collections.abc import Iterable

from musicai.catalogue.query.field_terms import find_operator
from musicai.catalogue.query.fields import SPOKEN, find_field
from musicai.catalogue.query.words import Word, read_words
from musicai.errors import QueryError


def join_arguments(arguments: Iterable[str]) -> str:
    """Return the expression that was typed as shell arguments."""
    return " ".join(_one_term(_as_stored(argument)) for argument in arguments)


def _as_stored(argument: str) -> str:
    # bytes that are not UTF-8 stand in the catalogue as U+FFFD: so they can be searched for
    return os.fsencode(argument).decode(errors="replace")


def _one_term(argument: str) -> str:
    begin, operator, value = _cut(argument)
    if not operator or len(value.split()) < 2 or _has_several_terms(value):
        return argument
    escaped = value if operator == "::" else value.replace("\\", "\\\\")
    return f'{begin}{operator}"{escaped}"'


def _cut(argument: str) -> tuple[str, str, str]:
    """Return the name, the comparison and the value, or no comparison when it is none of a text."""
    name, colon, value = argument.partition(":")
    field = find_field(name.lstrip("^-").strip())
    if not colon or field is None or field.kind not in SPOKEN:
        return argument, "", ""
    for more in (":", "="):
        if value.startswith(more):
            return name, colon + more, value[1:]
    return name, colon, value


def _has_several_terms(value: str) -> bool:
    """Whether a later word is a term itself: then the argument is an expression, not a value."""
    try:
        words = read_words(value)
    except QueryError:
        return True
    quotes = '"' in value
    return quotes or any(_is_term(word) for word in words[1:]) or value.split(maxsplit=1)[0].endswith(",")


def _is_term(word: Word) -> bool:
    found = find_operator(word)
    named = found is not None and find_field(word.until(found[0]).text.lstrip("^-")) is not None
    return named or word.begins("^,") or word.ends(",")
