"""Reading in a thread that is left behind when its storage does not answer."""

from collections.abc import Iterator
from threading import Event

import pytest

from musicai.errors import NodeFaultError, NotFoundError
from musicai.library.in_time import in_time
from tests.waiting import PATIENCE_S


def stalled() -> NodeFaultError:
    return NodeFaultError("no answer")


def test_everything_comes_in_order_and_only_when_asked_for() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    reader = in_time(source(), PATIENCE_S, lambda: len(made), stalled)
    assert next(reader) == 0
    assert made == [0]
    assert list(reader) == [1, 2, 3, 4]


def test_what_goes_wrong_is_raised_where_it_is_awaited() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise NotFoundError("gone")

    reader = in_time(source(), PATIENCE_S, lambda: 0, stalled)
    assert next(reader) == 1
    with pytest.raises(NotFoundError, match="gone"):
        next(reader)


def test_a_source_that_never_answers_is_left_behind() -> None:
    answers = Event()

    def source() -> Iterator[int]:
        answers.wait()
        yield 1

    with pytest.raises(NodeFaultError, match="no answer"):
        next(in_time(source(), 0.05, lambda: 0, stalled))
    answers.set()


def test_slow_is_not_stalled() -> None:
    looks, answers = 0, Event()

    def progress() -> int:
        nonlocal looks
        looks += 1
        if looks == 5:
            answers.set()
        return looks

    def source() -> Iterator[int]:
        answers.wait()
        yield 1

    assert list(in_time(source(), 0.05, progress, stalled)) == [1]
