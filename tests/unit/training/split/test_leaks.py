from pathlib import Path

import pytest

from musicai.errors import DatasetError
from musicai.training.sources import Example
from musicai.training.split import find_leaks
from musicai.training.split.leaks import Alike


def example(name: str, audio_hash: str | None = None, artist: str | None = None) -> Example:
    return Example(name, name.split("/", maxsplit=1)[0], Path("x"), artist=artist, audio_hash=audio_hash)


SIDES = {
    "train": [example("a/1", "h1", "Nina Simone"), example("a/2", "h2"), example("a/3", "h1")],
    "valid": [example("b/1", "h1"), example("b/2", None, "nina simone"), example("b/3", "h3", "Anon")],
    "test": [],
}


def test_the_same_sound_and_the_same_artist_on_two_sides_are_named():
    alike = [
        Alike("a/1", "b/1", 1.0),  # known by its hash already
        Alike("b/3", "a/2", 0.91),
        Alike("a/1", "a/2", 0.99),  # on one side
    ]
    report = find_leaks(SIDES, alike, fingerprinted=6)
    assert [leak.reason for leak in report.leaks] == ["audio_hash", "sound", "artist"]
    same, near, artist = report.leaks
    assert same.names == {"train": ("a/1", "a/3"), "valid": ("b/1",)}
    assert (near.names, near.likeness) == ({"valid": ("b/3",), "train": ("a/2",)}, 0.91)
    assert artist.artist == "Nina Simone"
    assert report.to_json()["touched"] == {"train": 3, "valid": 3, "test": 0}
    assert report.to_json()["looked_at"] == {"audio_hash": 5, "sound": 6, "artist": 3}
    with pytest.raises(DatasetError, match=r"1 by audio_hash, 1 by sound, 1 by artist"):
        report.refuse()


def test_a_clean_split_is_let_through():
    find_leaks({"train": [example("a/1", "h1", "A")], "valid": [example("a/2", "h2", "B")]}).refuse()
