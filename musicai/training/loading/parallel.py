"""Work on several files at a time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from musicai.config import usable_processors

Report = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def in_parallel(
    work: Callable[[Item], Outcome], items: Sequence[Item], report: Report | None = None
) -> list[Outcome]:
    """Return the outcomes in order; threads suffice, for decoders and transforms release the interpreter.

    When the work or the report raises, what has not begun is not begun any more.
    """
    outcomes: list[Outcome] = []
    pool = ThreadPoolExecutor(usable_processors())
    try:
        for outcome in pool.map(work, items):
            outcomes.append(outcome)
            if report is not None:
                report(len(outcomes), len(items))
    finally:
        pool.shutdown(cancel_futures=True)
    return outcomes
