"""`musicai show --png`: a picture from a process of its own."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from sqlalchemy import Engine

from musicai.catalogue.session import open_engine, reading, transaction
from musicai.config import Settings
from musicai.errors import MusicAIError, NotFoundError
from musicai.services.draw import draw_track
from musicai.services.show import Portrait, show_track
from tests.songs import add_library, add_model, add_prediction, add_track

NAME = b"caf\xe9 \x1b[31m.wav"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that draws reads the settings as well."""
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def engine(sqlite_catalogue_url: str, tmp_path: Path) -> Engine:
    engine = open_engine(sqlite_catalogue_url)
    with transaction(engine) as session:
        library, model = add_library(session, root=str(tmp_path)), add_model(session)
        track = add_track(session, library, NAME, duration_s=3.0)
        add_prediction(session, track, model, jazz=0.7, blues=0.2)
    return engine


@pytest.fixture
def portrait(engine: Engine, tmp_path: Path) -> Portrait:
    with reading(engine) as session:
        return show_track(session, Settings(home=tmp_path), NAME.decode(errors="surrogateescape"))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    file = tmp_path / NAME.decode(errors="surrogateescape")
    time_s = np.arange(3 * 22_050) / 22_050
    soundfile.write(os.fsencode(file), 0.3 * np.sin(2 * np.pi * 440 * time_s), 22_050, format="WAV")
    return file


def test_a_file_that_is_gone_cannot_be_drawn(portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="not there to be drawn"):
        draw_track(portrait, tmp_path / "out.png")


@pytest.mark.usefixtures("song")
def test_any_file_name_can_be_drawn(
    portrait: Portrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    # modules that lie among the music are not run
    (folder / "json.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(folder)
    draw_track(portrait, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as image:
        assert image.size[0] > image.size[1] > 100


def test_what_cannot_be_drawn_says_why(portrait: Portrait, song: Path, tmp_path: Path) -> None:
    with pytest.raises(MusicAIError, match=r"cannot be drawn: .*cannot be written"):
        draw_track(portrait, tmp_path / "absent" / "out.png")
    song.write_bytes(b"no sound at all")
    with pytest.raises(MusicAIError, match="cannot be drawn: "):
        draw_track(portrait, tmp_path / "out.png")
