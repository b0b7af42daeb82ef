"""Files that ask for gigabytes get none, and cost their neighbours nothing."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from musicai.audio.memory_limit import limited_memory
from musicai.audio.track import open_track
from musicai.errors import TooMuchMemoryError
from tests.unit.audio.bombs import cover_bomb, endless_table
from tests.unit.audio.sounds import sweep, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
MB = 1_000_000

# a process of its own: how much memory it ever had is what is asked
HEARD = """
import resource, sys
from musicai.audio import av_reader
from musicai.audio.track import open_track
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
with open_track(sys.argv[1], max_duration_s=60) as track:
    print(track.facts.codec, peak() - before)
"""


def test_a_table_without_end_is_refused(tmp_path: Path) -> None:
    bomb = endless_table(tmp_path / "a.m4a")
    with pytest.raises(TooMuchMemoryError, match="more than the 150 MB of memory that a track may take"):
        open_track(bomb, max_duration_s=60, most_memory=150 * MB)


def test_a_cover_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    bomb = cover_bomb(tmp_path / "a.mp3")
    done = subprocess.run([sys.executable, "-c", HEARD, bomb], capture_output=True, text=True, check=True)
    codec, kib = done.stdout.split()
    assert codec == "mp3"
    assert int(kib) < 100_000


def test_what_a_process_holds_already_does_not_count(tmp_path: Path) -> None:
    song = write(tmp_path / "a.flac", sweep(3), format="FLAC")
    held = np.ones(400 * MB // 8)
    with open_track(song, max_duration_s=60, most_memory=50 * MB) as track:
        assert track.audio_hash()
    assert held.sum()


def test_the_limit_ends_with_the_block() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(TooMuchMemoryError), limited_memory(50 * MB):
        np.ones(200 * MB // 8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert np.ones(200 * MB // 8).all()


def test_without_a_limit_memory_that_is_missing_is_nobodys_fault() -> None:
    with pytest.raises(MemoryError), limited_memory(0):
        raise MemoryError
