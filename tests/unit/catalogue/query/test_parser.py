"""How expressions are read, and where refusals point."""

import pytest

from musicai.catalogue.query.nodes import And, Not, Or, RangeTerm, StateTerm, TextTerm, terms
from musicai.catalogue.query.parser import MOST_TERMS, parse
from musicai.catalogue.query.words import LONGEST_EXPRESSION
from musicai.errors import QueryError
from musicai.states import RowState

WRONG = [
    # (expression, what the caret stands under, a part of the reason)
    ('artist:"miles', '"miles', "never closed"),
    ("jazz \\", "\\", "backslash"),
    ("jazz , ", ",", "nothing follows"),
    (", jazz", ",", "nothing stands before"),
    ("a , , b", ", b", "nothing stands before"),
    ("a ,, b", ", b", "nothing stands before"),
    ("a ^", "^", "nothing to negate"),
    ('a ""', '""', "between the quotes"),
    ("artits:x", "artits:x", "did you mean 'artist'"),
    ("a http://x", "http://x", "quotes"),
    (":x", ":x", "name of a field is missing"),
    ("score.:0.5", "score.:0.5", "no field"),
    ("genre:", ":", "genre: needs a value"),
    ("path::(a", "(a", "no regular expression"),
    ("path::[[a]", "[[a]", "no regular expression"),
    ("path::a{99999999999}", "a{9", "no regular expression"),
    ("path::" + "a" * 1001, "aaa", "longer than 1000"),
    ("::", ":", "missing"),
    ("confidence::1", "confidence", "regular expressions"),
    ("confidence:high", "high", "not a number"),
    ("confidence:80..", "80", "write 0.8 for 80 %"),
    ("confidence:..", "..", "no end"),
    ("confidence:0.8..0.2", "0.8..", "ends before it begins"),
    ("confidence:0.1..x", "x", "not a number"),
    ("size:1e999", "1e999", "not a number"),
    ("size:" + "9" * 400, "9", "too large"),
    ("length:3:75", "3:75", "not a duration"),
    ("length:1:75:00", "1:75:00", "not a duration"),
    ("added:2026-13", "2026-13", "not a date"),
    ("added:yesterday", "yesterday", "not a date"),
    ("state:lost", "lost", "there are classified, unknown"),
    ("state:pendign", "pendign", "did you mean 'pending'"),
    ("genre=jazz", "jazz", "write genre:jazz"),
    ("genre!=jazz", "jazz", "write ^genre:jazz"),
    ("tag!=gener", "gener", "did you mean 'genre'"),
    ("tag=confidence", "confidence", "only texts"),
    ("size=tag", "size=", "only texts"),
    ("jazz\0", "\0", "cannot be searched"),
    ("jazz \udce9", "\udce9", "cannot be searched"),
]


@pytest.mark.parametrize(("expression", "place", "reason"), WRONG, ids=[w[0][:20] for w in WRONG])
def test_a_wrong_expression_points_at_the_place(expression: str, place: str, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(expression)
    error = caught.value
    assert expression[error.position :].startswith(place)
    assert reason in error.reason
    assert error.expression == expression


def test_the_message_shows_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        parse("genre:jazz artits:x")
    assert str(caught.value).splitlines()[1:] == ["  genre:jazz artits:x", "             ^"]


def test_nothing_means_everything() -> None:
    assert parse(" ") == And(())


def test_blanks_are_and_commas_are_or_and_negation_binds_tightest() -> None:
    tree = parse("a ^b , -c, d")
    assert isinstance(tree, Or)
    first, second, third = tree.nodes
    assert isinstance(first, And)
    assert isinstance(first.nodes[1], Not)
    assert isinstance(second, Not)
    assert isinstance(third, TextTerm)
    assert [t.value for t in terms(tree)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"failed"', "failed"),
        ("\\failed", "failed"),
        ('"a:b"', "a:b"),
        ("a\\:b", "a:b"),
        ("don't", "don't"),
        ("\\^up", "^up"),
        ("a\\,", "a,"),
        ('"a" \\\\', "a"),
        ("a-b^c", "a-b^c"),
        ("rock,pop", "rock,pop"),
    ],
)
def test_quotes_and_backslashes_take_meaning_away(expression: str, value: str) -> None:
    first = terms(parse(expression))[0]
    assert isinstance(first, TextTerm)
    assert (first.field, first.value) == (None, value)


def test_regular_expressions_keep_their_backslashes() -> None:
    (term,) = terms(parse('path::"\\d+ \\" x"'))
    assert isinstance(term, TextTerm)
    assert term.value == '\\d+ \\" x'


def test_fields_and_flags_ignore_case() -> None:
    assert parse("FAILED") == parse("state:Failed") == StateTerm(RowState.FAILED)
    assert parse("Length:60") == parse("duration:60")


def test_score_takes_any_genre() -> None:
    term = parse('score."Hip Hop":0.3..')
    assert isinstance(term, RangeTerm)
    assert (term.genre, term.genre_position, term.low) == ("Hip Hop", len('score."'), 0.3)


def test_the_last_year_has_no_end() -> None:
    term = parse("added:9999")
    assert isinstance(term, RangeTerm)
    assert term.high is None


def test_expressions_are_bounded() -> None:
    with pytest.raises(QueryError, match="more than"):
        parse("a " * (MOST_TERMS + 1))
    with pytest.raises(QueryError, match="longer than"):
        parse("a" * (LONGEST_EXPRESSION + 1))
