"""Commands that only look something up, in the process of the test: each start would cost half a second."""

import contextlib
import gc
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

from sqlalchemy import Pool, event

from musicai import cli

_QUICK = {"correct", "health", "query", "review", "show"}
_QUICK_OF_GROUPS = {
    ("db", "upgrade"),
    ("jobs", "cancel"),
    ("jobs", "list"),
    ("jobs", "show"),
    ("jobs", "watch"),
    ("models", "history"),
    ("models", "list"),
    ("models", "show"),
    ("schedule", "add"),
    ("schedule", "history"),
    ("schedule", "pause"),
    ("schedule", "show"),
}


def is_quick(arguments: Sequence[str]) -> bool:
    """Whether a command starts nothing and waits for no signal."""
    return arguments[0] in _QUICK or tuple(arguments[:2]) in _QUICK_OF_GROUPS


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command with an environment; what it would have printed and its exit status come back."""
    # as at a terminal, where text and bytes may be written
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch.object(sys, "argv", ["musicai", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _usual_collector(),
        _connections_closed(),
    ):
        try:
            cli.main()
        except SystemExit as end:
            status = int(end.code or 0)
    return subprocess.CompletedProcess(list(arguments), status, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextlib.contextmanager
def _usual_collector() -> Iterator[None]:
    usual = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextlib.contextmanager
def _connections_closed() -> Iterator[None]:
    """Close what the end of a process would close."""
    opened: list[Any] = []

    def keep(connection: Any, _: Any) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", keep)
    try:
        yield
    finally:
        event.remove(Pool, "connect", keep)
        for connection in opened:
            connection.close()
