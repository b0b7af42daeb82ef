"""Genres as people write them: 'Hip-Hop', 'hip hop' and 'hiphop' are one, 'Jazz; Swing' are two.

SQLite calls the functions of Python, see `catalogue.session`; PostgreSQL does the same with its own.
"""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SEPARATORS = re.compile("[;,/]")


# SQLite asks for each row, and a catalogue has few different tags
@lru_cache(maxsize=4096)
def genre_key(text: str) -> str:
    """Return the letters and digits alone, in lower case."""
    return "".join(c for c in text.lower() if c.isalnum())


@lru_cache(maxsize=4096)
def genre_keys(text: str) -> str:
    """Return the keys of all genres that a tag names, each between semicolons: ';jazz;swing;'."""
    return f";{';'.join(genre_key(part) for part in _SEPARATORS.split(text))};"


class GenreKey(FunctionElement[str]):
    """`genre_key` inside the database."""

    type = Text()
    inherit_cache = True

    def __init__(self, column: SQLColumnExpression[Any]) -> None:
        super().__init__(column)


class GenreKeys(GenreKey):
    """`genre_keys` inside the database."""

    inherit_cache = True


def names_genre(tag: SQLColumnExpression[Any], key: Any) -> ColumnElement[bool]:
    """Return whether one of the genres in a tag has a key, which is a value or `GenreKey` of a column."""
    return GenreKeys(tag).like("%;" + key + ";%")


@compiles(GenreKey)
def _key(element: GenreKey, compiler: Any, **options: Any) -> str:
    return f"genre_key({compiler.process(element.clauses, **options)})"


@compiles(GenreKeys)
def _keys(element: GenreKeys, compiler: Any, **options: Any) -> str:
    return f"genre_keys({compiler.process(element.clauses, **options)})"


@compiles(GenreKey, "postgresql")
def _key_on_postgresql(element: GenreKey, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"regexp_replace(lower({column}), '[^[:alnum:]]+', '', 'g')"


@compiles(GenreKeys, "postgresql")
def _keys_on_postgresql(element: GenreKeys, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    kept = f"regexp_replace(lower({column}), '[^[:alnum:];,/]+', '', 'g')"
    return f"(';' || translate({kept}, ',/', ';;') || ';')"
