"""What processes that the command line starts for heavy work have in common: JSON in, JSON out."""

import json
import sys
from collections.abc import Callable
from typing import Any

from musicai.errors import MusicAIError


def answer(work: Callable[[list[str], Any], Any]) -> int:
    """Do `work` on the arguments and on the JSON of standard input, print its JSON; return the exit status.

    Errors are one line on standard error, and the exit status of their class.
    """
    try:
        done = work(sys.argv[1:], json.load(sys.stdin))
    except MusicAIError as err:
        sys.stderr.write(f"{err}\n")
        return err.exit_status
    sys.stdout.write(json.dumps(done))
    return 0
