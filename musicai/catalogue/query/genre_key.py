"""Genres as people write them: 'Hip-Hop', 'hip hop' and 'hiphop' are one."""

from typing import Any

from sqlalchemy import SQLColumnExpression, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def genre_key(text: str) -> str:
    """Return the letters and digits alone, in lower case."""
    return "".join(c for c in text.lower() if c.isalnum())


class GenreKey(FunctionElement[str]):
    """`genre_key` inside the database. SQLite calls the function above, see `catalogue.session`."""

    type = Text()
    inherit_cache = True

    def __init__(self, column: SQLColumnExpression[Any]) -> None:
        super().__init__(column)


@compiles(GenreKey)
def _as_function(element: GenreKey, compiler: Any, **options: Any) -> str:
    return f"genre_key({compiler.process(element.clauses, **options)})"


@compiles(GenreKey, "postgresql")
def _on_postgresql(element: GenreKey, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"regexp_replace(lower({column}), '[^[:alnum:]]+', '', 'g')"
