"""A Redis server with a password, on a loopback port."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.services import absent
from tests.waiting import until

PASSWORD = "open-sesame"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a server as long as the block and yield its URL."""
    if shutil.which("redis-server") is None:
        absent("needs `redis-server` on the PATH")
    port = _free_port()
    options = {
        "--bind": "127.0.0.1",
        "--port": str(port),
        "--requirepass": PASSWORD,
        "--dir": str(folder),
        "--save": "",
        "--appendonly": "yes",
    }
    command = ["redis-server", *(part for option in options.items() for part in option)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
        until(lambda: _answers(url), "Redis to answer")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
