"""Waiting for a condition, where a test has no other way to learn of it."""

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], what: str, patience_s: float = 30.0) -> Any:
    """Return the first true value of the condition; fail with `what` when none came in time."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {patience_s} s for {what}"
        time.sleep(0.05)
    return found
