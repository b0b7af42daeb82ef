"""Another model over an analysed library answers from the cache: the files are not opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
import torch
from sqlalchemy import Engine, select

from musicai.catalogue.claims import Holder
from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model, Prediction, Track
from musicai.config import Settings
from musicai.models.inference import load_classifier
from musicai.models.networks import build
from musicai.models.store import find
from musicai.models.weights import write_model
from musicai.pipeline.classify import ClassifyWork
from musicai.process import ProcessIdentity
from musicai.services.catalogue import open_catalogue
from musicai.services.enqueue import Request, create_job, scan_job
from tests.acceptance.synth import RATE, clip
from tests.unit.models.conftest import ARGUMENTS, describe


def write_small_model(store: Path, name: str, seed: int) -> None:
    torch.manual_seed(seed)
    network = build("residual_cnn", ARGUMENTS, n_mels=80, genres=3)
    write_model(store / name, network, lambda digest: describe(digest, name=name))


@dataclass
class Home:
    """A home with two small models, and a library of three tracks."""

    settings: Settings
    engine: Engine
    library: Path

    def classify(self, model: str, *, force: bool = True, settings: Settings | None = None) -> None:
        """Enqueue the library and work until nothing waits."""
        request = Request((os.fsencode(self.library),), model, force=force)
        job = create_job(self.engine, self.settings, request)
        scan_job(self.engine, self.settings, job.id, lambda progress, view: None)
        me = ProcessIdentity.current()
        store = self.settings.model_store
        ClassifyWork(
            self.engine,
            settings or self.settings,
            Holder(me, me),
            lambda name, _: load_classifier(find(name, store)),
        ).run()

    def answers(self, model: str) -> dict[str, tuple[str, float]]:
        """Return (guess, confidence) of each path."""
        query = (
            select(Track.path, Prediction.guess, Prediction.confidence)
            .join(Prediction, Prediction.track_id == Track.id)
            .join(Model, Model.id == Prediction.model_id)
            .where(Model.name == model)
        )
        with reading(self.engine) as session:
            return {path: (guess, confidence) for path, guess, confidence in session.execute(query)}

    def errors(self) -> set[str]:
        with reading(self.engine) as session:
            return set(session.scalars(select(Track.error_code).where(Track.error_code.is_not(None))))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = Settings(home=tmp_path / "home")
    for seed, name in enumerate(("one", "two")):
        write_small_model(settings.home / "models", name, seed)
    library = tmp_path / "music"
    library.mkdir()
    for seed in range(3):
        soundfile.write(library / f"{seed}.wav", clip(seed, 3.0), RATE)
    engine = open_catalogue(settings)
    yield Home(settings, engine, library)
    engine.dispose()


def spoil(file: Path) -> None:
    """Overwrite a file with junk that no look at its size, time and inode can tell."""
    facts = file.stat()
    with file.open("r+b") as content:
        content.write(b"\x55" * facts.st_size)
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def test_another_model_answers_without_a_look_into_the_files(home: Home) -> None:
    home.classify("two", settings=Settings(home=home.settings.home, cache=home.library.parent / "apart"))
    decoded = home.answers("two")
    home.classify("one")
    for file in home.library.iterdir():
        spoil(file)
    home.classify("two")
    assert home.errors() == set()
    assert len(decoded) == 3
    assert home.answers("two") == decoded  # to the last bit, as if they had been decoded


def test_without_a_cache_answers_hardly_differ_and_files_are_decoded(home: Home) -> None:
    off = Settings(home=home.settings.home, cache_size=0)
    home.classify("one", settings=off)
    exact = home.answers("one")
    assert not home.settings.cache_folder.exists()
    home.classify("one")
    for path, (guess, confidence) in home.answers("one").items():
        assert exact[path][0] == guess
        assert exact[path][1] == pytest.approx(confidence, abs=0.005)
    spoil(home.library / "0.wav")
    home.classify("one", settings=off)
    assert home.errors() == {"not_audio"}


def test_a_file_that_changed_after_the_scan_is_decoded(home: Home) -> None:
    home.classify("one")
    request = Request((os.fsencode(home.library),), "two", force=True)
    job = create_job(home.engine, home.settings, request)
    scan_job(home.engine, home.settings, job.id, lambda progress, view: None)
    soundfile.write(home.library / "0.wav", clip(77, 4.0), RATE)
    home.classify("two", force=False)
    soundfile.write(home.library / "same as 0.wav", clip(77, 4.0), RATE)
    home.classify("two", force=False)
    answers = home.answers("two")
    assert answers["0.wav"] == answers["same as 0.wav"]


def test_a_damaged_entry_only_costs_time(home: Home) -> None:
    home.classify("one")
    for file in home.settings.cache_folder.glob("*/*"):
        file.write_bytes(b"\x80\x04damaged")
    home.classify("two")
    assert home.errors() == set()
    again = home.answers("two")
    home.classify("two")
    assert home.answers("two") == again
