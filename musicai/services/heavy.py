"""Heavy work in a process of its own: this side is light. Progress and errors come back as they are."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.services.node import commands, heavy_side

Report = Callable[[int, int], None]
"""Called with how much is done, and of how much."""
_KINDS_OF_MESSAGES = {"done", "result", "error"}


def run_heavy(
    settings: Settings,
    module: str,
    arguments: Sequence[str] = (),
    subject: Any = None,
    report: Report | None = None,
) -> Any:
    """Run ``python -m MODULE ARGUMENTS`` with a JSON value as its input; return the one that it answers.

    The module speaks as `musicai.pipeline.child` does.

    Raises
    ------
    MusicAIError: of the kind that the process met; or the process was ended by a signal.
    ServiceError: this installation can do no heavy work.
    """
    heavy_side.insist()
    # -P: the folder that somebody stands in must not be searched for modules of Python
    command = [sys.executable, "-P", "-m", module, *arguments]
    with tempfile.TemporaryFile("w+", errors="replace") as log:  # a pipe that nobody empties would block
        with subprocess.Popen(
            command,
            env=commands.environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            errors="replace",
        ) as process:
            try:
                last = _follow(process, json.dumps(subject), report)
            except BaseException:
                process.terminate()
                raise
        log.seek(0)
        said = log.read()
    if "result" in last:
        return last["result"]
    raise error_of(last) if "error" in last else MusicAIError(_ended(process.returncode, said))


def _follow(process: "subprocess.Popen[str]", text: str, report: Report | None) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    # a process that ends before it has read all says itself why
    with suppress(BrokenPipeError):
        process.stdin.write(text)
    with suppress(BrokenPipeError):
        process.stdin.close()
    last: dict[str, Any] = {}
    for line in process.stdout:
        if (said := _message(line)) is None:
            continue
        last = said
        if "done" in last and report is not None:
            report(last["done"], last["of"])
    return last


def _message(line: str) -> dict[str, Any] | None:
    """Return what a line says; None when it is no message: some library printed it."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.keys() & _KINDS_OF_MESSAGES else None


def error_of(said: dict[str, Any]) -> MusicAIError:
    """Return the error that a process said it met, as one of this."""
    kinds = {kind.code: kind for kind in _kinds(MusicAIError)}
    return kinds.get(said["error"], MusicAIError)(said["message"])


def _kinds(kind: type[MusicAIError]) -> Iterator[type[MusicAIError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def _ended(status: int, said: str) -> str:
    if status < 0:
        return f"the process was ended by {signal.Signals(-status).name}"
    return (said.strip().splitlines() or ["the process gave no reason"])[-1]
