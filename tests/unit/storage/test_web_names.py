"""Names on a web server that are written in no encoding, or in one that nobody knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from musicai.storage.index_page import below_folder
from musicai.storage.opening import storage
from tests.services.places import fresh_connections
from tests.services.web import WebServer, web_server

__all__ = ["fresh_connections"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with web_server(tmp_path) as server:
        yield server


def test_a_playlist_in_latin_1_names_files_by_its_bytes(server: WebServer) -> None:
    lines = ["#EXTM3U", "ü.mp3", "/top/é.mp3", f"{server.url}/top/ö.mp3", "a%20b.mp3"]
    (server.folder / "top").mkdir()
    (server.folder / "top" / "list.m3u").write_bytes("\n".join(lines).encode("latin-1"))
    named = storage(server.url).playlist(b"top/list.m3u")
    assert named == [b"top/\xfc.mp3", b"top/\xe9.mp3", b"top/\xf6.mp3", b"top/a b.mp3"]


@pytest.mark.parametrize("charset", ["klingon", "hex", "utf-8"])
def test_a_page_in_an_encoding_that_is_none_is_read_as_utf_8(server: WebServer, charset: str) -> None:
    server.charset = charset
    (server.folder / "index.html").write_text('<a href="ü.mp3">ü</a>')
    [(listed, _)] = storage(server.url).pages(b"")
    assert [entry.path for entry in listed.entries] == ["ü.mp3".encode()]


def test_a_letter_that_two_chunks_share_is_read_as_one(server: WebServer) -> None:
    head = "<html>" + " " * ((1 << 18) - len('<html><a href="') - 1) + '<a href="'
    (server.folder / "index.html").write_text(f'{head}üü.mp3">ü</a>')
    [(listed, _)] = storage(server.url).pages(b"")
    assert [entry.path for entry in listed.entries] == ["üü.mp3".encode()]


def test_a_link_that_can_be_no_name_leads_nowhere() -> None:
    assert below_folder("http://host/", "\udcfc.mp3") == b"\xfc.mp3"
    assert below_folder("http://host/", "\ud800.mp3") is None
