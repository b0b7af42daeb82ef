"""Reading one file behind each kind of server: as the file itself, and no more of it than is needed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from musicai.audio.audio_file import open_file
from musicai.audio.remote_file import BLOCK
from musicai.audio.track import open_track
from musicai.errors import (
    ChangedError,
    EmptyFileError,
    OutsideError,
    PermissionDeniedError,
    TimedOutError,
    TruncatedError,
    UnreadableError,
    VanishedError,
)
from musicai.library.tags import read_tags_of
from musicai.library_file import LibraryFile
from musicai.pipeline.watchdog import watch
from musicai.storage import storage
from tests.services.web import web_server
from tests.unit.audio.sounds import encode, sweep
from tests.waiting import PATIENCE_S

RATE = 22_050


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    noise = np.random.default_rng(0).normal(0, 0.1, 200 * RATE).astype(np.float32)
    soundfile.write(folder / "a.wav", noise, RATE)
    soundfile.write(folder / "a.flac", noise, RATE)
    encode(folder / "a.mp3", sweep(20), "libmp3lame", "mp3")
    return folder


def heard(path):
    with open_track(path, max_duration_s=1000) as track:
        excerpts = [excerpt.y for excerpt in track.excerpts(RATE, 30)]
        return track.audio_hash(), read_tags_of(track.content()), len(excerpts), track


@pytest.mark.parametrize(("name", "share"), [("a.wav", 0.6), ("a.flac", 0.6), ("a.mp3", 1.0)])
def test_a_track_sounds_as_the_file_and_costs_what_is_heard(place, sounds, name, share):
    place.write(name, (sounds / name).read_bytes())
    place.publish()
    *here, _ = heard(sounds / name)
    *there, track = heard(f"{place.url}/{name}")
    assert there == here
    file = track._file
    assert 0 < file.fetched <= share * file.size
    assert file.requests <= 8 + file.fetched / (4 * BLOCK)


def test_bytes_are_those_of_the_file(place):
    content = np.random.default_rng(1).bytes(5 * BLOCK + 77)
    place.write("x.bin", content)
    place.publish()
    with open_file(f"{place.url}/x.bin") as file:
        for at, count in [
            (0, 10),
            (3 * BLOCK - 5, 10),
            (2 * BLOCK, 3 * BLOCK),
            (5 * BLOCK + 70, 100),
            (9**9, 5),
        ]:
            assert file.read_at(at, count) == content[at : at + count]


def test_what_is_wrong_is_said(place):
    place.write("empty.wav", b"")
    place.publish()
    with pytest.raises(EmptyFileError):
        open_file(f"{place.url}/empty.wav")
    with pytest.raises(VanishedError):
        open_file(f"{place.url}/none.wav")
    with pytest.raises(OutsideError):
        open_file(LibraryFile(place.url.encode(), b"../secret.wav"))


def test_a_file_that_changes_is_not_put_together_of_two(place):
    place.write("a.wav", bytes(9 * BLOCK))
    place.publish()
    with open_file(f"{place.url}/a.wav") as file:
        place.write("a.wav", b"1" * (9 * BLOCK))
        os.utime(place.folder / "a.wav", (1, 1))
        place.publish()
        with pytest.raises(ChangedError):
            file.read_at(5 * BLOCK, 10)


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(storage, "PAUSES_S", (0.01, 0.01))


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_server_that_fails_is_not_taken_for_a_short_file(sounds, name):
    with web_server(sounds) as server:
        server.spoil = lambda request: 503 if len(server.requests) > 4 and request.method == "GET" else None
        with pytest.raises(UnreadableError, match="503"):
            heard(f"{server.url}/{name}") if name == "a.wav" else _read_all(f"{server.url}/{name}", server)
        server.requests.clear()
        troubles = iter([503, 500, None, 429])
        server.spoil = lambda _: next(troubles, None)
        assert heard(f"{server.url}/{name}")[0] == heard(sounds / name)[0]
        server.spoil = lambda _: 403
        with pytest.raises(PermissionDeniedError):
            open_file(f"{server.url}/{name}")


def _read_all(url, server):
    with open_file(url) as file:
        server.requests += [("", "")] * 9
        file.read_at(0, file.size)


def test_a_server_without_ranges_gives_the_whole_file(sounds):
    with web_server(sounds) as server:
        server.ranges = False
        assert heard(f"{server.url}/a.flac")[0] == heard(sounds / "a.flac")[0]


def test_a_server_that_stalls_costs_the_time_of_one_track(sounds, monkeypatch):
    # what ends a process that does not even hear the bell would end the tests on a machine that stood still
    monkeypatch.setattr("musicai.pipeline.watchdog._LAST_RESORT_S", PATIENCE_S)
    with web_server(sounds) as server, watch(1) as watchdog:
        server.spoil = lambda _: 30.0 if len(server.requests) > 2 else None
        with pytest.raises(TimedOutError), watchdog.time_limit():
            heard(f"{server.url}/a.wav")


def test_what_ends_too_early_is_truncated(web_place, sounds):
    web_place.write("a.wav", (sounds / "a.wav").read_bytes()[:-100_000])
    with pytest.raises(TruncatedError):
        heard(f"{web_place.url}/a.wav")


_FORKED = """
import os, sys
from musicai.storage.opening import look
url = sys.argv[1].encode()
assert look(url).size == 5
child = os.fork()
if child == 0:
    os._exit(0 if look(url).size == 5 else 1)
_, status = os.waitpid(child, 0)
assert look(url).size == 5
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_child_does_not_use_what_its_parent_has_open(place):
    place.write("a.txt", b"12345")
    place.publish()
    command = [sys.executable, "-W", "ignore", "-c", _FORKED, f"{place.url}/a.txt"]
    assert subprocess.run(command, timeout=PATIENCE_S, check=False).returncode == 0
