"""The same folder of music behind each kind of server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import s3fs

from musicai.storage import opening
from tests.services.s3 import s3_server
from tests.services.sftp import sftp_server
from tests.services.web import web_server


@dataclass
class Place:
    """A folder of this machine that a server shows.

    Parameters
    ----------
    url: of the folder, without a slash at the end.
    publish: makes the server show what is in the folder now.
    """

    folder: Path
    url: str
    publish: Callable[[], None] = lambda: None

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def fresh_connections() -> Iterator[None]:
    _close_connections()
    yield
    _close_connections()


def _close_connections() -> None:
    while opening._open.storages:
        opening._open.storages.popitem()[1].close()


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def s3_place(fresh_connections: None, bucket: str, tmp_path: Path) -> Place:
    folder = tmp_path / "music"
    folder.mkdir()
    url = f"{bucket}/{tmp_path.name}/music"

    def publish() -> None:
        fs = s3fs.S3FileSystem()
        fs.invalidate_cache()
        if fs.exists(url):
            fs.rm(url, recursive=True)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                fs.pipe_file(f"{url}/{path.relative_to(folder)}", path.read_bytes())

    return Place(folder, url, publish)


@pytest.fixture
def web_place(fresh_connections: None, tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "music"
    folder.mkdir()
    with web_server(tmp_path) as server:
        yield Place(folder, f"{server.url}/music")


@pytest.fixture
def sftp_place(fresh_connections: None, tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "music"
    folder.mkdir()
    (tmp_path / "ssh").mkdir()
    with sftp_server(tmp_path / "ssh") as server:
        yield Place(folder, f"{server.url}{folder}")


@pytest.fixture(params=["s3_place", "web_place", "sftp_place"])
def place(request: pytest.FixtureRequest) -> Place:
    """A folder behind each kind of server in turn."""
    found: Place = request.getfixturevalue(request.param)
    return found
