"""A server that speaks S3, on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import s3fs
from moto.server import ThreadedMotoServer


class S3Server:
    """A server with one bucket, named in the environment; its objects outlive a stop and a start."""

    url = "s3://bucket"

    def __init__(self) -> None:
        self._port = 0
        self._patch = pytest.MonkeyPatch()
        self._server: ThreadedMotoServer | None = None

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> "S3Server":
        self.start()
        for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
            self._patch.delenv(name)
        self._patch.setenv("AWS_ACCESS_KEY_ID", "key")
        self._patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        self._patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{self._port}")
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().makedirs("bucket", exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._patch.undo()


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a server, name it in the environment, and yield the URL of a bucket."""
    with S3Server() as server:
        yield server.url
