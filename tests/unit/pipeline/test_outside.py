"""What lies outside of a library is never read, whoever changed a row or planted a link."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
from sqlalchemy import Engine, select, update

from musicai.catalogue.claims import Holder
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Item, Prediction, Track
from musicai.config import Settings
from musicai.models.inference import load_classifier
from musicai.models.store import find
from musicai.pipeline.classify import ClassifyWork
from musicai.process import ProcessIdentity
from musicai.services.catalogue import open_catalogue
from musicai.services.enqueue import Request, create_job, scan_job
from tests.acceptance.synth import RATE, clip


@dataclass
class Home:
    """A library of two songs, and a recording beside it that is nobody's business."""

    settings: Settings
    engine: Engine
    library: Path
    secret: Path

    def enqueue(self, **options: bool) -> None:
        job = create_job(self.engine, self.settings, Request((os.fsencode(self.library),), **options))
        scan_job(self.engine, self.settings, job.id, lambda progress, view: None)

    def work(self) -> dict[str, str]:
        """Return what came of each track: its error code, or "done"."""
        me, store = ProcessIdentity.current(), self.settings.model_store
        ClassifyWork(
            self.engine, self.settings, Holder(me, me), lambda name, _: load_classifier(find(name, store))
        ).run()
        latest = select(Track.path, Item.error_code).join(Item).order_by(Item.id)
        with reading(self.engine) as session:
            return {path: code or "done" for path, code in session.execute(latest)}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = Settings(home=tmp_path / "home")
    library, secret = tmp_path / "music", tmp_path / "secret.wav"
    library.mkdir()
    for seed, file in enumerate((library / "a.wav", library / "b.wav", secret)):
        soundfile.write(file, clip(seed, 2.0), RATE)
    engine = open_catalogue(settings)
    yield Home(settings, engine, library, secret)
    engine.dispose()


@pytest.mark.parametrize("path", ["../secret.wav", "../../../../../../../../etc/passwd"])
def test_a_row_that_leads_upwards_is_refused(home: Home, path: str) -> None:
    home.enqueue()
    with transaction(home.engine) as session:
        session.execute(update(Track).where(Track.path == "a.wav").values(path=path))
    assert home.work() == {path: "outside", "b.wav": "done"}


def test_a_link_planted_after_the_scan_is_refused(home: Home) -> None:
    home.enqueue()
    (home.library / "a.wav").unlink()
    (home.library / "a.wav").symlink_to(home.secret)
    assert home.work() == {"a.wav": "outside", "b.wav": "done"}


def test_links_are_followed_where_somebody_asked_for_it(home: Home) -> None:
    (home.library / "a.wav").unlink()
    (home.library / "a.wav").symlink_to(home.secret)
    home.enqueue(follow_symlinks=True)
    assert home.work() == {"a.wav": "done", "b.wav": "done"}
    with reading(home.engine) as session:
        assert len(session.scalars(select(Prediction.id)).all()) == 2
