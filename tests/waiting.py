"""Waiting for a condition, where a test has no other way to learn of it."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 150.0
"""How long what comes within seconds may take, on a machine that does much else."""

GRACE_S = 45.0
"""How long a service that is told to stop may take: docker-compose.yml kills it then."""


def until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Return the first true value of the condition; fail with `what` when none came in time.

    Parameters
    ----------
    patience_s: shorter where the product promises to be quicker.
    """
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {patience_s:g} s for {what}"
        time.sleep(0.05)
    return found
