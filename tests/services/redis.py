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


class RedisServer:
    """A server that can be killed and started again, with what it kept on disk."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("redis-server") is None:
            absent("needs `redis-server` on the PATH")
        self._folder, self._port = folder, free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self._port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = {
            "--bind": "127.0.0.1",
            "--port": str(self._port),
            "--requirepass": PASSWORD,
            "--dir": str(self._folder),
            "--save": "",
            "--appendonly": "yes",
        }
        command = ["redis-server", *(part for option in options.items() for part in option)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: _answers(self.url), "Redis to answer")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a server as long as the block and yield its URL."""
    server = RedisServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
