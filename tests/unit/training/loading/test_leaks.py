"""Repeats among real and synthesised sound are found, whatever was done to them."""

import numpy as np
import pytest

from musicai.front_end import GTZAN_FRONT_END
from musicai.training.loading import load, look_for_leaks
from musicai.training.sources import open_source
from musicai.training.split import Split
from musicai.training.split.likeness import alike, fingerprints
from tests.unit.audio.sounds import encode, write

RATE = 22_050


def tune(seed: int, seconds: float = 34.0) -> np.ndarray:
    """Notes and beats of random pitch, length and loudness over a little noise; mono."""
    random = np.random.default_rng(seed)
    y = 0.01 * random.standard_normal(round(seconds * RATE))
    for _ in range(150):
        t = np.arange(round(random.uniform(0.1, 0.8) * RATE)) / RATE
        start = random.integers(0, len(y) - len(t))
        note = np.exp(-4 * t / t[-1]) * np.sin(2 * np.pi * random.uniform(80, 6000) * t)
        y[start : start + len(t)] += random.uniform(0.05, 0.3) * note
    return (y / np.abs(y).max() * 0.9).astype(np.float32)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Ten tunes; one of them also as MP3, one half as loud and four seconds later."""
    root = tmp_path_factory.mktemp("songs")
    for genre in ("jazz", "pop"):
        (root / genre).mkdir()
    for seed in range(10):
        write(root / ("jazz" if seed % 2 else "pop") / f"{seed}.wav", tune(seed)[: 30 * RATE], RATE)
    stereo = np.stack([tune(1)[: 30 * RATE]] * 2, axis=1)
    encode(root / "pop" / "thrifty.mp3", stereo, "libmp3lame", "mp3", RATE)
    write(root / "pop" / "later.wav", 0.5 * tune(3)[4 * RATE :], RATE)
    write(root / "pop" / "copy.wav", tune(5)[: 30 * RATE], RATE)
    return open_source(str(root))


def test_copies_codecs_gain_and_offsets_do_not_hide_a_repeat(songs):
    examples = songs.examples()
    test = [e.name for e in examples if e.name.rpartition("/")[2] in ("thrifty", "later", "copy")]
    split = Split.of([{e.name for e in examples} - set(test), (), test])
    sides = {
        side: load(songs, part, GTZAN_FRONT_END, ("jazz", "pop"))
        for side, part in split.divide(examples).items()
        if part
    }
    report = look_for_leaks(sides)
    found = {(leak.reason, *sorted(sum(leak.names.values(), ()))) for leak in report.leaks}
    assert found == {
        ("audio_hash", "jazz/5", "pop/copy"),
        ("sound", "jazz/1", "pop/thrifty"),
        ("sound", "jazz/3", "pop/later"),
    }
    assert report.looked_at == {"audio_hash": 13, "sound": 13, "artist": 0}


def test_silence_is_like_nothing():
    prints = fingerprints(np.zeros((4, 80, 343), np.float32))
    assert alike(prints, list("abcd"), ["train", "train", "test", "test"]) == []


def test_repeats_that_are_known_in_gtzan_are_found(shared_data):
    """Pairs of Sturm's list, once with a rest that shares nothing with them."""
    source = open_source(str(shared_data / "gtzan" / "spectrograms"))
    known = ["jazz.00035", "pop.00015", "metal.00034", "reggae.00008", "hiphop.00076", "disco.00060"]
    twins = ["jazz.00055", "pop.00022", "metal.00094", "reggae.00057", "hiphop.00078", "disco.00089"]
    others = [e.name for e in source.examples() if e.name[-2:] in ("17", "27", "83")]
    by_stem = {e.name.rpartition("/")[2]: e.name for e in source.examples()}
    split = Split.of(
        [[*(by_stem[k] for k in known), *others[::2]], [*(by_stem[k] for k in twins), *others[1::2]]]
    )
    chosen = {s: [e for e in source.examples() if e.name in split.names(s)] for s in ("train", "valid")}
    genres = sorted({e.genre for e in source.examples()})
    sides = {side: load(source, part, GTZAN_FRONT_END, genres) for side, part in chosen.items()}
    found = {leak.names["train"] + leak.names["valid"] for leak in look_for_leaks(sides).leaks}
    assert found == {(by_stem[a], by_stem[b]) for a, b in zip(known, twins, strict=True)}
