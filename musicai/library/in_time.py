"""Reading from a storage that may never answer: no command hangs with it."""

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from musicai.errors import MusicAIError

T = TypeVar("T")
_ENOUGH = ""


def in_time(
    source: Iterable[T], patience_s: float, progress: Callable[[], int], stalled: Callable[[], MusicAIError]
) -> Iterator[T]:
    """Yield what `source` yields, read in a thread, each only when it is asked for.

    A read of a network disk that is away returns never, and no signal reaches who waits for it: the thread
    is left behind then, and its reader goes on.

    Parameters
    ----------
    progress: a number that changes as the source gets on: slow is not stalled.
    stalled: makes the error for a source that did not get on for `patience_s`.
    """
    wanted: SimpleQueue[str] = SimpleQueue()
    given: SimpleQueue[T | BaseException] = SimpleQueue()
    Thread(target=_serve, args=(source, wanted, given), name="storage", daemon=True).start()
    try:
        while True:
            wanted.put("next")
            answer = _answer(given, patience_s, progress, stalled)
            if isinstance(answer, StopIteration):
                return
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        wanted.put(_ENOUGH)


def _serve(
    source: Iterable[T], wanted: "SimpleQueue[str]", given: "SimpleQueue[T | BaseException]"
) -> None:
    values = iter(source)
    while wanted.get() != _ENOUGH:
        try:
            given.put(next(values))
        except BaseException as err:  # noqa: BLE001 -- whatever it is, it is raised where it is awaited
            given.put(err)
            return


def _answer(
    given: "SimpleQueue[T | BaseException]",
    patience_s: float,
    progress: Callable[[], int],
    stalled: Callable[[], MusicAIError],
) -> T | BaseException:
    while True:
        before = progress()
        try:
            return given.get(timeout=patience_s)
        except Empty:
            if progress() == before:
                raise stalled() from None
