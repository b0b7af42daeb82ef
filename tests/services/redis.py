"""A Redis server with a password, on a loopback port."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.services import absent
from tests.services.network import Host, ask_to_end
from tests.services.ports import free_port
from tests.services.tls import Authority
from tests.waiting import PATIENCE_S, until

PASSWORD = "open-sesame"


class RedisServer:
    """A server that can be killed and started again, with what it kept on disk.

    Parameters
    ----------
    tls: what it shows its clients, who have to speak TLS then.
    host: the host of a network that it runs on; None for this machine.
    """

    def __init__(self, folder: Path, tls: Authority | None = None, host: Host | None = None) -> None:
        if shutil.which("redis-server") is None:
            absent("needs `redis-server` on the PATH")
        self._folder, self._port, self._tls = folder, free_port(), tls
        self._host, self._prefix = (host.address, host.prefix) if host else ("127.0.0.1", ())
        self.url = self.url_at(self._port)
        if tls:
            self.url = f"rediss://:{PASSWORD}@localhost:{self._port}/0?ssl_ca_certs={tls.ca}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self._host}:{self._port}"

    def url_at(self, port: int) -> str:
        """Return its URL for those who reach it through another port."""
        return f"redis://:{PASSWORD}@{self._host}:{port}/0"

    def start(self, *, durable: bool = True) -> None:
        """Start it; one that is not durable keeps nothing on disk, and knows of nothing that was."""
        options = {
            "--bind": self._host,
            **self._listening(),
            "--requirepass": PASSWORD,
            "--dir": str(self._folder),
            "--save": "",
            "--appendonly": "yes" if durable else "no",
            # a killed server loses nothing by it; a busy disk would keep all its clients waiting
            "--appendfsync": "no",
        }
        command = [*self._prefix, "redis-server", *(part for option in options.items() for part in option)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: _answers(self.url), "Redis to answer")

    def _listening(self) -> dict[str, str]:
        if self._tls is None:
            return {"--port": str(self._port)}
        return {
            "--port": "0",
            "--tls-port": str(self._port),
            "--tls-cert-file": str(self._tls.certificate),
            "--tls-key-file": str(self._tls.key),
            "--tls-ca-cert-file": str(self._tls.ca),
            "--tls-auth-clients": "no",
        }

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def stop(self) -> None:
        if self.process is not None:
            ask_to_end(self.process)
            self.process.wait(timeout=PATIENCE_S)


@contextmanager
def redis_server(folder: Path, tls: Authority | None = None, host: Host | None = None) -> Iterator[str]:
    """Run a server as long as the block and yield its URL."""
    server = RedisServer(folder, tls, host)
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
