"""Every container and codec gives the source's sound, at its place in time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from musicai.audio.track import open_track
from tests.unit.audio.sounds import RATE, encode, lag, mono, sweep, write

MAX_S = 3600.0
LENGTH_S = 7.3

Maker = Callable[[Path], Path]

LOSSLESS: dict[str, Maker] = {
    "wav": lambda p: write(p, sweep(LENGTH_S), format="WAV", subtype="FLOAT"),
    "wav16": lambda p: write(p, sweep(LENGTH_S), format="WAV", subtype="PCM_16"),
    "wavu8": lambda p: write(p, sweep(LENGTH_S), format="WAV", subtype="PCM_U8"),
    "rf64": lambda p: write(p, sweep(LENGTH_S), format="RF64", subtype="PCM_24"),
    "w64": lambda p: write(p, sweep(LENGTH_S), format="W64", subtype="PCM_16"),
    "aiff": lambda p: write(p, sweep(LENGTH_S), format="AIFF", subtype="PCM_16"),
    "au": lambda p: write(p, sweep(LENGTH_S), format="AU", subtype="PCM_16"),
    "caf": lambda p: write(p, sweep(LENGTH_S), format="CAF", subtype="PCM_16"),
    "flac": lambda p: write(p, sweep(LENGTH_S), format="FLAC", subtype="PCM_24"),
    "flac-in-ogg": lambda p: encode(p, sweep(LENGTH_S), "flac", "ogg"),
    "alac": lambda p: encode(p, sweep(LENGTH_S), "alac", "ipod"),
    "wavpack": lambda p: encode(p, sweep(LENGTH_S), "wavpack", "wv"),
    "tta": lambda p: encode(p, sweep(LENGTH_S), "tta", "tta"),
    "wav-streamed": lambda p: encode(p, sweep(LENGTH_S), "pcm_s16le", "wav"),
}
"""Monkey's Audio and Musepack have decoders in ffmpeg but encoders nowhere here."""

# what the container cannot say of the encoder's delay, in samples; the rest must be in place
DELAYS = {
    "aac-adts": 1024,
    "aac-fragmented": 1024,
    "aac-mpegts": 1024,
    "ac3": 256,
    "mp2": 481,
    "mp3-in-avi": 1105,
    "wma": 2048,
}
CLOCK_MS = {"opus-in-webm", "wma", "flac-in-matroska"}

LOSSY: dict[str, Maker] = {
    "flac-in-matroska": lambda p: encode(p, sweep(LENGTH_S), "flac", "matroska"),
    "mp3": lambda p: write(p, sweep(LENGTH_S), format="MP3"),
    "mp3-lame": lambda p: encode(p, sweep(LENGTH_S), "libmp3lame", "mp3"),
    "mp3-in-avi": lambda p: encode(p, sweep(LENGTH_S), "libmp3lame", "avi"),
    "mp2": lambda p: encode(p, sweep(LENGTH_S), "mp2", "mp2"),
    "vorbis": lambda p: write(p, sweep(LENGTH_S), format="OGG", subtype="VORBIS"),
    "opus": lambda p: encode(p, sweep(LENGTH_S, 48_000), "libopus", "ogg", 48_000),
    "opus-in-webm": lambda p: encode(p, sweep(LENGTH_S, 48_000), "libopus", "webm", 48_000),
    "aac": lambda p: encode(p, sweep(LENGTH_S), "aac", "ipod"),
    "aac-fragmented": lambda p: encode(
        p, sweep(LENGTH_S), "aac", "mp4", movflags="frag_keyframe+empty_moov+default_base_moof"
    ),
    "aac-adts": lambda p: encode(p, sweep(LENGTH_S), "aac", "adts"),
    "aac-mpegts": lambda p: encode(p, sweep(LENGTH_S), "aac", "mpegts"),
    "ac3": lambda p: encode(p, sweep(LENGTH_S, 48_000), "ac3", "ac3", 48_000),
    "wma": lambda p: encode(p, sweep(LENGTH_S), "wmav2", "asf"),
}


@pytest.fixture(scope="module", params=[*LOSSLESS, *LOSSY])
def name(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.fixture(scope="module")
def path(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # an extension that is a lie: the content decides
    return (LOSSLESS | LOSSY)[name](tmp_path_factory.mktemp(name) / "song.txt")


def test_the_excerpt_is_the_source_at_its_place(name: str, path: Path) -> None:
    with open_track(path, max_duration_s=MAX_S) as track:
        rate = track.facts.sample_rate
        excerpts = list(track.excerpts(rate, 2.0))
        assert track.facts.duration_s == pytest.approx(LENGTH_S, abs=0.1)
    source = mono(sweep(LENGTH_S, rate))
    assert len(excerpts) == 3
    for excerpt in excerpts:
        assert excerpt.duration_s == 2.0
        assert excerpt.y.shape == (2 * rate,)
        assert excerpt.y.dtype == np.float32
        start = round(excerpt.start_s * rate)
        if name in LOSSLESS:
            np.testing.assert_allclose(excerpt.y, source[start : start + 2 * rate], atol=0.01)
            continue
        late = lag(source[start : start + 2 * rate], excerpt.y)
        assert late == pytest.approx(DELAYS.get(name, 0), abs=rate / 900 if name in CLOCK_MS else 0)
        same = source[start - late : start - late + 2 * rate]
        assert np.corrcoef(same, excerpt.y)[0, 1] > 0.97


def test_whole_covers_everything_and_the_last_excerpt_is_full(name: str, path: Path) -> None:
    with open_track(path, max_duration_s=MAX_S) as track:
        excerpts = list(track.excerpts(22_050, 2.0, whole=True))
        duration_s = track.facts.duration_s
    assert [e.start_s for e in excerpts[:-1]] == [0, 2, 4]
    assert excerpts[-1].start_s + 2.0 == pytest.approx(duration_s, abs=1e-4)
    assert {len(e.y) for e in excerpts} == {44_100}


def test_the_hash_is_the_same_however_the_track_was_read(path: Path) -> None:
    with open_track(path, max_duration_s=MAX_S) as track:
        alone = track.audio_hash()
    with open_track(path, max_duration_s=MAX_S) as track:
        list(track.excerpts(22_050, 30.0))
        assert track.audio_hash() == alone
    with open_track(path, max_duration_s=MAX_S) as track:
        list(track.excerpts(8_000, 2.0, whole=True))
        next(track.excerpts(8_000, 3.0))
        assert track.audio_hash() == alone
    assert len(alone) <= 40


def test_resampling_keeps_time_and_level(tmp_path: Path) -> None:
    t = np.arange(RATE * 3) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
    path = write(tmp_path / "tone.wav", np.stack([tone, tone], axis=1), subtype="FLOAT")
    with open_track(path, max_duration_s=MAX_S) as track:
        (excerpt,) = track.excerpts(22_050, 30.0)
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(22_050 * 3) / 22_050)
    np.testing.assert_allclose(excerpt.y[2000:-2000], wanted[2000:-2000], atol=1e-3)
