"""What the benchmarks share: one core, processor time, turns, and the lines that they print.

Processor time (user and system) is measured wherever a single process does the work: on a busy machine it
tells what the program costs, and wall-clock time tells how many others wanted the core.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Parameters
    ----------
    what: what was measured against what.
    asked: the target, in words.
    found: the outcome, in words.
    met: whether the outcome meets the target.
    """

    what: str
    asked: str
    found: str
    met: bool

    def show(self) -> None:
        """Print the line; append it to the file that `run_all.py` names."""
        print(
            f"{self.what}: {self.found} (asked: {self.asked}; {'met' if self.met else 'MISSED'})",
            flush=True,
        )
        if record := os.environ.get("BENCHMARK_RECORD"):
            with Path(record).open("a") as lines:
                lines.write(json.dumps(asdict(self)) + "\n")


def pin_to_one_core() -> None:
    """Keep this process, and all that it starts, on one core (where the system can)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def cpu_s(action: Callable[[], object]) -> float:
    """Return the processor seconds that an action takes in this process, all threads together."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def by_turns(
    actions: Sequence[Callable[[], object]],
    rounds: int,
    measured: Callable[[Callable[[], object]], float] = cpu_s,
) -> list[float]:
    """Measure actions by turns after one round to warm up; return the median of each.

    By turns, because what else the machine does meanwhile must touch them alike.
    """
    for action in actions:
        action()
    turns = [[measured(action) for action in actions] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*turns, strict=True)]
