"""Waiting for a coroutine in the thread where fsspec's file systems run theirs."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Return what a coroutine returns; when the waiting is broken off, so is the work.

    fsspec's own `sync` would leave it running: a connection to a server that stalls, for each track that
    ran out of time.
    """
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
