"""What a walk finds behind each kind of server, and what it makes of faults."""

import os
import shutil
import time

import pytest

from musicai.errors import NodeFaultError, NotFoundError
from musicai.library.exclude import Excludes
from musicai.library.walk import WalkOptions
from musicai.library.walks import absent, open_walk
from musicai.storage import storage
from tests.services.web import web_server

_FLAC = b"fLaC" + bytes(100)


def walked(url, under=b"", **options):
    walk = open_walk(url.encode(), under, WalkOptions(**options))
    batches = list(walk)
    return {one.path: one for batch in batches for one in batch.found}, walk.report, batches


@pytest.fixture
def filled(place):
    names = [
        "a & b.flac",
        "Björk/100% #1.flac",
        "Björk/cover.jpg",
        "x/deep/er/c.mp3",
        "x/nameless",
        "x/text",
    ]
    for name in names:
        place.write(name, _FLAC if name != "x/text" else b"words")
    place.publish()
    return place


def test_audio_is_found_with_size_and_time_and_the_rest_is_counted(filled):
    found, report, batches = walked(filled.url)
    names = {"a & b.flac", "Björk/100% #1.flac", "x/deep/er/c.mp3", "x/nameless"}
    assert set(found) == {name.encode() for name in names}
    assert {one.size for one in found.values()} == {104}
    assert all(abs(one.mtime_ns / 1e9 - time.time()) < 60 for one in found.values())
    assert report.ignored == {"cover": 1, "other": 1}
    ended = [batch.folder for batch in batches if batch.complete]
    assert sorted(ended) == sorted({b"", "Björk".encode(), b"x", b"x/deep", b"x/deep/er"})


def test_a_part_a_file_and_what_is_left_out(filled):
    assert set(walked(filled.url, b"x/deep")[0]) == {b"x/deep/er/c.mp3"}
    assert set(walked(filled.url, "Björk/100% #1.flac".encode())[0]) == {"Björk/100% #1.flac".encode()}
    found, report, _ = walked(filled.url, exclude=Excludes(["Björk", "c.*"]), prune=frozenset([b"x/deep"]))
    assert set(found) == {b"a & b.flac", b"x/nameless"}
    assert report.ignored["excluded"] >= 1


def test_what_is_gone_is_told_from_what_is_there(filled):
    paths = [b"a & b.flac", b"b.flac", b"x/none/c.mp3"]
    assert absent(filled.url.encode(), paths) == {b"b.flac", b"x/none/c.mp3"}


def test_nothing_there_is_said_so(place):
    place.publish()
    with pytest.raises(NotFoundError, match="none"):
        walked(f"{place.url}/none", b"x")


def test_links_are_followed_when_asked(sftp_place):
    sftp_place.write("a.flac", _FLAC)
    (sftp_place.folder / "b.flac").symlink_to("a.flac")
    (sftp_place.folder / "c.flac").symlink_to("nowhere")
    os.mkfifo(sftp_place.folder / "d.flac")
    found, report, _ = walked(sftp_place.url)
    assert (set(found), report.ignored) == ({b"a.flac"}, {"symlink": 2, "special": 1})
    found, report, _ = walked(sftp_place.url, follow_symlinks=True)
    assert (set(found), report.broken_links.count) == ({b"a.flac", b"b.flac"}, 1)


def test_a_host_that_nobody_knows_is_not_spoken_to(sftp_place, monkeypatch, tmp_path):
    shutil.copytree(os.environ["HOME"], tmp_path / "other")
    (tmp_path / "other" / ".ssh" / "known_hosts").unlink()
    monkeypatch.setenv("HOME", str(tmp_path / "other"))
    with pytest.raises(NodeFaultError, match="host key"):
        walked(sftp_place.url)


def test_a_playlist_is_a_list_of_files(web_place):
    for name in ("a.flac", "d/b.flac", "c.flac"):
        web_place.write(name, _FLAC)
    origin = web_place.url.removesuffix("/music")
    lines = [
        "#EXTM3U",
        "a.flac",
        f"{web_place.url}/d/b.flac",
        "/music/none.flac",
        f"{origin}/elsewhere.flac",
    ]
    web_place.write("list.m3u8", "\n".join(lines).encode())
    found, report, _ = walked(web_place.url, b"list.m3u8")
    assert set(found) == {b"a.flac", b"d/b.flac"}
    assert (report.broken_links.count, report.ignored["elsewhere"]) == (1, 1)


def test_links_that_lead_out_are_not_followed(web_place):
    web_place.write("a.flac", _FLAC)
    links = ["a.flac", "../", "%2e%2e/b.flac", "http://example.org/c.flac", "/etc/d.flac", "?C=M", "#top"]
    web_place.write("d/index", b"")
    page = "".join(f'<a href="{link}">x</a>' for link in links)
    (web_place.folder / "index.html").write_text(page)
    found, _, _ = walked(web_place.url)
    assert set(found) == {b"a.flac"}


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(storage, "PAUSES_S", (0.01, 0.01))


@pytest.mark.usefixtures("hurried")
def test_faults_that_pass_are_waited_for_and_others_end_the_walk(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "a.flac").write_bytes(_FLAC)
    with web_server(tmp_path) as server:
        troubles = iter([503, 429, 500])
        server.spoil = lambda _: next(troubles, None)
        with pytest.raises(NodeFaultError, match="500"):
            walked(server.url)
        assert set(walked(server.url)[0]) == {b"a.flac"}
        server.spoil = lambda request: 403 if request.path == "/d/" else None
        found, report, _ = walked(server.url)
        assert (set(found), report.unreadable.first) == (
            {b"a.flac"},
            [(b"d", report.unreadable.first[0][1])],
        )
        server.spoil = lambda _: 401
        with pytest.raises(NodeFaultError, match="netrc"):
            walked(server.url)
    with pytest.raises(NodeFaultError, match="cannot be listed"):
        walked(server.url)
