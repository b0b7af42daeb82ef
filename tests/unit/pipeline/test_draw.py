"""The picture that `musicai show --png` draws, by the process that draws it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from musicai.drawing.genre_colours import colours
from tests.unit.audio.sounds import sweep, write


def draw(folder: Path, **track: object) -> subprocess.CompletedProcess[str]:
    source = folder / "track.json"
    source.write_text(json.dumps(track))
    return subprocess.run(
        [sys.executable, "-m", "musicai.pipeline.draw", str(source), str(folder / "out.png")],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_")},
    )


def answer() -> dict[str, object]:
    excerpt = {"start_s": 0.5, "duration_s": 2.0, "scores": {"jazz": 0.7, "blues": 0.2}}
    return {
        "title": "Ночь – für\n夜",
        "genre": "jazz",
        "confidence": 0.7,
        "threshold": 0.4,
        "scores": {"jazz": 0.7, "blues": 0.2},
        "excerpts": [excerpt],
    }


def pixels(folder: Path) -> np.ndarray:
    with Image.open(folder / "out.png") as image:
        assert image.format == "PNG"
        assert image.size == (1600, 900)
        return np.asarray(image.convert("RGB")).astype(int)


def holds(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture - colour).max(axis=-1) <= 2).sum() > 300)


def test_the_answer_and_the_sound_are_in_the_picture(tmp_path: Path) -> None:
    song = write(tmp_path / "song.wav", sweep(4))
    done = draw(tmp_path, file=str(song), **answer())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    picture = pixels(tmp_path)
    shades = colours(["jazz", "blues", "metal"])
    assert holds(picture, shades["jazz"])
    assert holds(picture, shades["blues"])
    assert not holds(picture, shades["metal"])
    spectrogram = picture[206:560, 128:1140]
    assert spectrogram.max() > 200


def test_a_track_without_answer_and_a_long_one_are_drawn(tmp_path: Path) -> None:
    song = write(tmp_path / "song.flac", sweep(700, rate=2000)[:, :1], rate=2000)
    done = draw(tmp_path, file=str(song), title=None, genre=None, scores={}, excerpts=[])
    assert (done.returncode, done.stderr) == (0, "")
    pixels(tmp_path)


@pytest.mark.parametrize(
    ("track", "status", "said"),
    [
        ({"file": "/nowhere/a.mp3"}, 1, "gone"),
        ({}, 2, "musicai show --json"),
        ({"file": "a", "scores": {"jazz": "loud"}}, 2, "musicai show --json"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    track: dict[str, object], status: int, said: str, tmp_path: Path
) -> None:
    done = draw(tmp_path, **track)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
