"""Heavy work in a process of its own: this side is light."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.services.node import commands


def run_heavy(settings: Settings, module: str, arguments: Sequence[str], subject: Any = None) -> Any:
    """Run ``python -m MODULE ARGUMENTS`` with a JSON value as its input; return the one that it prints.

    Raises
    ------
    MusicAIError: it said what is wrong in its last line, or was ended by a signal.
    """
    # -P: the folder that somebody stands in must not be searched for modules of Python
    command = [sys.executable, "-P", "-m", module, *arguments]
    done = subprocess.run(
        command,
        input=json.dumps(subject),
        env=commands.environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MusicAIError(_reason(done))
    return json.loads(done.stdout)


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"the process was ended by {signal.Signals(-done.returncode).name}"
    return (done.stderr.strip().splitlines() or ["the process gave no reason"])[-1]
