"""What the cache gives back is what was put in, or nothing."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicai.cache.folder import CacheFolder
from musicai.cache.spectrograms import SpectrogramCache
from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END, REPORT_FRONT_END

HASH = "a1:0123456789abcdef"
FILE = "1000:1"


@pytest.fixture
def cache(tmp_path: Path) -> SpectrogramCache:
    return SpectrogramCache(CacheFolder(tmp_path, 100_000_000))


def spectrogram(seed: int, frames: int = 50) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(80, frames)).astype(np.float32)


def keep(cache: SpectrogramCache, *spectrograms: np.ndarray, whole: bool = False) -> list[np.ndarray]:
    recorder = cache.recorder(GTZAN_FRONT_END, whole=whole)
    seen = [recorder.take(30.0 * place, 30.0, one) for place, one in enumerate(spectrograms)]
    recorder.keep(HASH, FILE)
    return seen


def entry(cache: SpectrogramCache) -> Path:
    (file,) = cache.folder.root.glob("*/*")
    return file


def test_excerpts_come_back_to_half_a_level(cache: SpectrogramCache) -> None:
    given = [spectrogram(1), spectrogram(2, 31), np.full((80, 5), -3.0, np.float32)]
    seen = keep(cache, *given)
    kept = cache.read(HASH, GTZAN_FRONT_END, whole=False)
    assert kept is not None
    assert [(one.start_s, one.duration_s) for one in kept] == [(0.0, 30.0), (30.0, 30.0), (60.0, 30.0)]
    for was, shown, now in zip(given, seen, kept, strict=True):
        assert now.spectrogram.dtype == np.float32
        np.testing.assert_array_equal(shown, now.spectrogram)  # a hit answers as the miss did
        np.testing.assert_allclose(now.spectrogram, was, atol=np.ptp(was) / 255 / 2 + 1e-5)


def test_another_sound_front_end_or_plan_is_a_miss(cache: SpectrogramCache) -> None:
    keep(cache, spectrogram(1))
    assert cache.read("a1:other", GTZAN_FRONT_END, whole=False) is None
    assert cache.read(HASH, REPORT_FRONT_END, whole=False) is None
    assert cache.read(HASH, replace(GTZAN_FRONT_END, hop_length=960), whole=False) is None
    assert cache.read(HASH, GTZAN_FRONT_END, whole=True, file=FILE) is None


def test_what_the_hash_does_not_cover_is_known_by_the_file_too(cache: SpectrogramCache) -> None:
    """The hash is of three excerpts of 30 s: what lies between them may be another piece."""
    keep(cache, spectrogram(1), spectrogram(2), whole=True)
    assert cache.read(HASH, GTZAN_FRONT_END, whole=True, file=FILE) is not None
    assert cache.read(HASH, GTZAN_FRONT_END, whole=True, file="1000:2") is None
    assert cache.read(HASH, GTZAN_FRONT_END, whole=True) is None
    longer = replace(GTZAN_FRONT_END, excerpt_s=60.0)
    recorder = cache.recorder(longer, whole=False)
    recorder.take(0.0, 60.0, spectrogram(3))
    assert not recorder.keep(HASH)
    assert recorder.keep(HASH, FILE)
    assert cache.read(HASH, longer, whole=False) is None
    keep(cache, spectrogram(4))
    assert cache.read(HASH, GTZAN_FRONT_END, whole=False, file="1000:2") is not None


def test_pictures_are_drawn_from_the_spectrogram_of_any_model(cache: SpectrogramCache) -> None:
    keep(cache, spectrogram(1))
    drawn = replace(GTZAN_FRONT_END, picture_size=64, colormap="tide")
    assert cache.read(HASH, drawn, whole=False) is not None


def flip(content: bytes) -> bytes:
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


@pytest.mark.parametrize(
    "damage",
    [
        flip,
        lambda content: content[:-1],
        lambda content: content[:30],
        lambda content: b"",
        lambda content: content + b"more",
        lambda content: bytes(len(content)),
        lambda content: pickle.dumps(["an object"]),
    ],
    ids=["one bit", "last byte", "header", "all", "longer", "zeros", "pickle"],
)
def test_a_damaged_entry_is_a_miss_and_is_taken_out(
    cache: SpectrogramCache, caplog: pytest.LogCaptureFixture, damage
) -> None:
    keep(cache, spectrogram(1))
    file = entry(cache)
    file.write_bytes(damage(file.read_bytes()))
    assert cache.read(HASH, GTZAN_FRONT_END, whole=False) is None
    assert "of no use" in caplog.text
    assert not file.exists()


class Trap:
    """What runs code when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_nothing_is_unpickled(cache: SpectrogramCache, tmp_path: Path) -> None:
    keep(cache, spectrogram(1))
    entry(cache).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert cache.read(HASH, GTZAN_FRONT_END, whole=False) is None
    assert not (tmp_path / "sprung").exists()


def test_an_entry_under_the_name_of_another_is_refused(cache: SpectrogramCache) -> None:
    keep(cache, spectrogram(1))
    content = entry(cache).read_bytes()
    entry(cache).unlink()
    keep(cache, spectrogram(2), whole=True)
    entry(cache).write_bytes(content)
    assert cache.read(HASH, GTZAN_FRONT_END, whole=True, file=FILE) is None


def test_a_track_without_end_is_not_kept(tmp_path: Path) -> None:
    cache = SpectrogramCache(CacheFolder(tmp_path, 256 * 4 * 10_000))  # entries up to 10 kB
    seen = keep(cache, *[spectrogram(seed) for seed in range(5)], whole=True)
    assert len(seen) == 5
    assert cache.folder.usage().entries == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("off", 0), ("500MB", 500_000_000), ("1.5 GiB", 3 << 29), ("123", 123)],
)
def test_sizes(text: str, size: int) -> None:
    settings = Settings.from_env({"MUSICAI_CACHE_SIZE": text})
    assert settings.cache_size == size
    assert Settings.from_env(settings.to_env()) == settings
    assert (SpectrogramCache.from_settings(settings) is None) == (size == 0)


@pytest.mark.parametrize("text", ["-1", "much", "5 parsecs", "1e9"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="such as 500MB"):
        Settings.from_env({"MUSICAI_CACHE_SIZE": text})
