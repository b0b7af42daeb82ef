"""Memory and work do not depend on how long a track is."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

TEN_HOURS_S = 36_000
RATE = 8_000

MEASURE = """
import resource, sys
from musicai.audio.track import open_track
def heard(path, excerpts):
    with open_track(path, max_duration_s=400_000) as track:
        for number, _ in enumerate(track.excerpts(22_050, 30.0, whole=excerpts > 3), 1):
            if number == excerpts:
                break
        track.audio_hash()
        return track.facts.duration_s
def peak():
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage // 1024 if sys.platform == "darwin" else usage
heard(sys.argv[1], 3)
before = peak()
print(heard(sys.argv[2], 3), heard(sys.argv[2], 40), peak() - before)
"""


def long_file(path: Path, duration_s: int, form: str, rate: int) -> Path:
    """A minute of noise, repeated."""
    noise = (np.random.default_rng(0).standard_normal(60 * rate) * 3000).astype(np.int16)
    with soundfile.SoundFile(path, "w", rate, 1, format=form, subtype="PCM_16") as out:
        for _ in range(duration_s // 60):
            out.write(noise)
    return path


def sparse_wav(path: Path, duration_s: int) -> Path:
    """A WAV file of which only the middle holds sound, and takes room on the disk."""
    soundfile.write(path, np.zeros(8, np.int16), RATE, format="RF64", subtype="PCM_16")
    head = bytearray(path.read_bytes()[:-16])
    size = duration_s * RATE * 2
    at = head.index(b"ds64") + 8
    head[at : at + 24] = b"".join(v.to_bytes(8, "little") for v in (size + len(head), size, size // 2))
    with path.open("wb") as out:
        out.write(head)
        out.seek(len(head) + size // 2 - 60 * RATE)
        out.write((np.random.default_rng(0).standard_normal(60 * RATE) * 3000).astype("<i2").tobytes())
        out.truncate(len(head) + size)
    return path


@pytest.mark.parametrize("form", ["FLAC", "RF64"])
def test_ten_hours_take_no_more_memory_than_a_minute(form: str, tmp_path: Path) -> None:
    rate = 1000 if form == "FLAC" else RATE  # encoding ten hours takes its time
    short = long_file(tmp_path / "short", 120, form, rate)
    if form == "FLAC":
        long = long_file(tmp_path / "long", TEN_HOURS_S, form, rate)
    else:
        long = sparse_wav(tmp_path / "long", TEN_HOURS_S)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, short, long], capture_output=True, text=True, check=True
    )
    duration_s, again_s, grown_kib = map(float, done.stdout.split())
    assert duration_s == again_s == TEN_HOURS_S
    assert grown_kib < 16 * 1024
