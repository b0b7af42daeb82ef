"""Experiments on tracks whose genre a person has confirmed."""

import json

import pytest
import soundfile
from click.testing import CliRunner

from musicai.catalogue import correcting
from musicai.catalogue.session import transaction
from musicai.cli import cli
from musicai.config import Settings
from musicai.errors import DatasetError
from musicai.front_end import FrontEnd
from musicai.services.catalogue import open_catalogue
from musicai.states import CorrectionSource
from musicai.training.loading.rows import audio_rows
from musicai.training.sources import Example
from tests.songs import add_library, add_track

from .conftest import sound


@pytest.fixture
def arguments(experiments_file, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path / "home"))
    arguments = ["experiments", "run", str(experiments_file), "--out", str(tmp_path / "out"), "--only", "2"]
    return [*arguments, "--data", "catalogue:"]


def test_corrected_tracks_are_data_for_experiments(arguments, tmp_path):
    engine = open_catalogue(Settings.from_env())
    (tmp_path / "music").mkdir()
    with transaction(engine) as session:
        library = add_library(session, root=str(tmp_path / "music"))
        words = {}
        for number in range(20):
            genre, file = ("high", "low")[number % 2], tmp_path / "music" / f"{number:02}.wav"
            soundfile.write(file, sound(genre, number), 22_050)
            heard = audio_rows(Example(file.stem, genre, file), FrontEnd(), 60, None).audio_hash
            words[add_track(session, library, file.name, audio_hash=heard).id] = genre
        correcting.record(session, words, source=CorrectionSource.PERSON, actor="me@here")
    engine.dispose()
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert "16 train, 2 valid, 2 test of catalogue:\n" in done.stderr
    result = json.loads((tmp_path / "out" / "02-mini_alexnet" / "result.json").read_text())
    assert result["train"]["clips"] == 5 + 8  # the file holds low to five


def test_a_catalogue_that_is_new_is_set_up_and_said_to_be_empty(arguments):
    refused = CliRunner().invoke(cli, arguments)
    assert isinstance(refused.exception, DatasetError)
    assert "confirm genres first" in str(refused.exception)
