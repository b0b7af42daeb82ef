"""What the seconds of a worker process go to."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from musicai.states import Stage

T = TypeVar("T")


class Stopwatch:
    """Sums of seconds by stage. Two clock readings a stage: microseconds beside milliseconds of work."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Stage, float] = defaultdict(float)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Count what the block takes, also when it fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - started)

    def add(self, stage: Stage, seconds: float) -> None:
        """Count seconds that were measured elsewhere."""
        self._seconds[stage] += seconds

    def each(self, stage: Stage, items: Iterable[T]) -> Iterator[T]:
        """Count what it takes to get each item, and not what is done with it."""
        iterator = iter(items)
        while True:
            with self.stage(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def seconds(self) -> dict[Stage, float]:
        """Return the sums so far."""
        return dict(self._seconds)

    def clear(self) -> None:
        """Begin anew: the sums are written down."""
        self._seconds.clear()
