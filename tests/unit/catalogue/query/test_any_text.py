"""Whatever is typed: rows, or a QueryError that points into the text; and values never become SQL."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from musicai.catalogue import migrate
from musicai.catalogue.query.fields import FIELDS
from musicai.catalogue.query.ordering import ordering
from musicai.catalogue.query.parser import MOST_TERMS
from musicai.catalogue.query.question import ask
from musicai.catalogue.query.row_state import state_column
from musicai.catalogue.session import open_engine, transaction
from musicai.catalogue.tables import Track
from musicai.errors import QueryError
from tests.songs import add_collection

NAMES = [f.name for f in FIELDS] + ["score.jazz", "duration", "artits", ""]
OPERATORS = [":", "::", ":=", "=", "!=", "..", " , ", ",", " ", "^", "-", '"', "\\", "(", "[", "%", "_"]
VALUES = [
    "jazz",
    "unknown",
    "0.5",
    "..1",
    "3:00..4:30",
    "2026-11..",
    "tag",
    "genre",
    "failed",
    "stale",
    "lofi",
    "é",
    "a'b",
    "\0",
]
pieces = st.sampled_from(NAMES) | st.sampled_from(OPERATORS) | st.sampled_from(VALUES) | st.text(max_size=4)
expressions = st.lists(pieces, max_size=12).map("".join) | st.text(max_size=40)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    engine = open_engine("sqlite://")
    migrate.upgrade(engine)
    with transaction(engine) as filling:
        add_collection(filling)
    with Session(engine) as session:
        yield session
    engine.dispose()


@given(expression=expressions)
@example(expression="a " * MOST_TERMS)
@example(expression="^" * 5000 + "a")
@example(expression="path::" + "(" * 900)
@example(expression="size:" + "9" * 5000)
@example(expression="length:" + "9" * 5000 + ":00")
@example(expression="title::\\")
def test_any_text_is_answered_or_refused_at_a_place(session: Session, expression: str) -> None:
    if refusal := _refusal(session, expression=expression):
        assert 0 <= refusal.position < max(len(expression), 1)
        assert refusal.expression == expression
        assert refusal.reason


@given(sort=expressions)
def test_any_sort_order_is_used_or_refused_at_a_place(session: Session, sort: str) -> None:
    if refusal := _refusal(session, sort=sort):
        assert 0 <= refusal.position < max(len(sort), 1)
        assert refusal.expression == sort


def _refusal(session: Session, *, expression: str = "", sort: str = "") -> QueryError | None:
    try:
        question = ask(session, expression)
        statement = question.select(Track.id).order_by(*ordering(sort, question.vocabulary))
    except QueryError as err:
        return err
    session.execute(statement).all()
    return None


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])
def test_values_are_bound_and_never_part_of_the_statement(session: Session, dialect) -> None:
    expression = (
        "zebra title:zebra artist:=zebra album::zebra tag:zébra ::zebra genre:jazz score.jazz:0.4242.. "
        "confidence:0.4242 length:4242 size:=4242 added:2042 library:'zebra';DROP model:small"
    )
    statement = ask(session, expression).select(Track.id, state_column())
    compiled = statement.compile(dialect=dialect)
    text = str(compiled).lower()
    for value in ("zebra", "zébra", "jazz", "42", "drop", "small"):
        assert value not in text
    bound = " ".join(map(str, compiled.params.values())).lower()
    for value in ("%zebra%", "jazz", "0.4242", "4242", "2042", "'zebra';drop", "small"):
        assert value in bound
