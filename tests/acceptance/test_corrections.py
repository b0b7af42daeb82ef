"""A user's own genres: said, learnt, heard, and never lost."""

import shutil
from pathlib import Path

import mutagen
import numpy as np
import soundfile
from numpy.typing import NDArray

from musicai.models.side_car import read_side_car
from tests.acceptance.lessons import write_recipe
from tests.acceptance.product import Product
from tests.acceptance.synth import RATE

KINDS = ("drone", "hiss", "clicks")


def sound(kind: str, seed: int) -> NDArray[np.float32]:
    """Return four seconds of a kind that no shipped model knows."""
    t = np.arange(4 * RATE) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    if kind == "drone":
        y = 0.3 * np.sin(2 * np.pi * (60 + seed) * t) + 0.3 * np.sin(2 * np.pi * 3 * (60 + seed) * t)
    elif kind == "hiss":
        y = 0.3 * np.diff(noise, prepend=0)
    else:
        y = 0.5 * noise * (t * (3 + seed % 4) % 1 < 0.15)
    return (y + 0.01 * noise).astype(np.float32)


def write_music(folder: Path) -> None:
    """Write eight tracks of each kind by four artists, with tags."""
    for number in range(24):
        kind = KINDS[number % 3]
        artist = f"{kind} artist {number // 3 % 4}"
        file = folder / artist / f"{number:02}.flac"
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, sound(kind, number), RATE)
        tagged = mutagen.File(file)
        tagged["artist"], tagged["genre"] = artist, f"Noise {kind}"
        tagged.save()


def artists_by_side(split: str) -> list[set[str]]:
    lines = [line.split("\t") for line in split.splitlines() if not line.startswith("#")]
    return [{n.split("/")[1] for s, n in lines if s == side} for side in ("train", "valid", "test")]


def test_a_new_genre_is_taught_and_words_outlive_their_files(product: Product, tmp_path: Path) -> None:
    music = tmp_path / "Music"
    write_music(music)
    product.run("enqueue", music)
    said = product.json("correct", music, "--from-tags")
    assert set(said["new_genres"]) == {f"Noise {kind}" for kind in KINDS}
    assert product.json("correct", "--where", "path:drone", "--genre", "Drone")["replaced"] == 8

    recipe = write_recipe(tmp_path / "tiny.json", 25)
    trained = product.json("train", "--name", "mine", "--data", "catalogue:", "--recipe", recipe)
    assert trained["run"]["facts"]["accuracy"] >= 0.8
    folder = product.settings.home / "models" / "mine-1"
    assert set(read_side_car(folder).genres) == {"Drone", "Noise hiss", "Noise clicks"}
    sides = artists_by_side((folder / "split.txt").read_text("utf-8"))
    assert [len({artist.split()[0] for artist in side}) for side in sides] == [3, 3, 3]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 12

    drones = sorted(music.glob("drone*/*.flac"))
    drones[0].rename(music / "renamed.flac")
    shutil.copy(drones[1], music / "copied.flac")
    drones[1].unlink()
    soundfile.write(drones[2], sound("hiss", 99), RATE)
    product.run("enqueue", music, "--model", "mine-1")
    rows = {Path(row["path"]).name: row for row in product.json("query", "--model", "mine-1")}
    assert len(rows) == 24
    assert sum(row["guess"] == row["correction"] for row in rows.values()) >= 20
    for name in ("renamed.flac", "copied.flac"):
        assert (rows[name]["correction"], rows[name]["corrected"]) == ("Drone", "yes")
    replaced = rows[drones[2].name]
    assert (replaced["correction"], replaced["corrected"], replaced["guess"]) == (
        None,
        "stale",
        "Noise hiss",
    )
    doubtful, *_ = product.json("review", "--model", "mine-1")
    assert (doubtful["path"], doubtful["reasons"][0]["reason"]) == (replaced["path"], "stale")
