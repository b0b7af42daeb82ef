"""How processes speak that the command line starts for heavy work: JSON in, JSON out, one object a line.

``{"done": 3, "of": 10}`` while it goes on, and at last ``{"result": ...}`` or ``{"error": CODE, "message":
...}``. `musicai.services.heavy` listens.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from musicai.errors import MusicAIError

_BETWEEN_REPORTS_S = 0.2


def answer(work: Callable[[list[str], Any], Any]) -> int:
    """Do `work` on arguments and on the JSON of standard input, say its result; return the exit status."""
    try:
        _say({"result": work(sys.argv[1:], json.load(sys.stdin))})
    except MusicAIError as err:
        _say({"error": err.code, "message": str(err)})
        return err.exit_status
    return 0


def progress() -> Callable[[int, int], None]:
    """Return what says how much is done, and of how much; not more often than anybody can read."""
    last = 0.0

    def report(done: int, of: int) -> None:
        nonlocal last
        if done == of or time.monotonic() - last >= _BETWEEN_REPORTS_S:
            last = time.monotonic()
            _say({"done": done, "of": of})

    return report


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
