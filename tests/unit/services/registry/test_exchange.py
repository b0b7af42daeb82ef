"""Models travel between machines whole, and nothing else gets in."""

import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading
from musicai.config import Settings
from musicai.errors import ModelError, NotFoundError, StateError
from musicai.models.folder import is_intact
from musicai.models.side_car import SIDE_CAR_FILE, WEIGHTS_FILE, read_side_car
from musicai.models.store import find
from musicai.services.registry import package
from musicai.services.registry.export import export_model
from musicai.services.registry.intake import import_model
from musicai.services.registry.trail import read_trail
from tests.unit.services.registry.candidates import write_candidate


@pytest.fixture
def here(tmp_path: Path) -> tuple[Engine, Settings]:
    settings = Settings(home=tmp_path / "home")
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    return engine, settings


def taken_in(settings: Settings) -> list[str]:
    """What there is of own models, also in part."""
    store = settings.home / "models"
    return sorted(path.name for path in store.iterdir()) if store.is_dir() else []


def test_there_and_back(here, tmp_path):
    engine, settings = here
    folder = write_candidate(tmp_path, "jazzbox-1", right=60)
    (folder / "CARD.md").write_text("# jazzbox-1\n\nMade of jazzbox-1.\n")
    assert import_model(engine, settings, folder, actor="a@b").new
    files = [tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"]
    for file in files:
        export_model(engine, settings, "jazzbox-1", file, actor="a@b")
    assert files[0].read_bytes() == files[1].read_bytes()
    with pytest.raises(StateError, match="exists already"):
        export_model(engine, settings, "jazzbox-1", files[0], actor="a@b")
    again = import_model(engine, settings, files[0], actor="a@b")
    assert (again.name, again.new) == ("jazzbox-1", False)
    renamed = import_model(engine, settings, files[0], actor="a@b", name="quintet-7")
    stored = find("quintet-7", settings.model_store)
    assert (renamed.new, read_side_car(stored).name) == (True, "quintet-7")
    assert (stored / "CARD.md").read_text() == "# quintet-7\n\nMade of jazzbox-1.\n"
    with reading(engine) as session:
        lines = [(line.model, line.event) for line in read_trail(session, "jazzbox-1")]
    assert lines == [("jazzbox-1", e) for e in ("imported", "exported", "exported")]
    other = write_candidate(tmp_path / "other", "jazzbox-1", seed=1)
    with pytest.raises(StateError, match="--name"):
        import_model(engine, settings, other, actor="a@b")
    assert taken_in(settings) == ["jazzbox-1", "quintet-7"]


def _tampered(folder: Path) -> None:
    weights = folder / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-4] + b"\1\2\3\4")


def _broken_side_car(folder: Path) -> None:
    (folder / SIDE_CAR_FILE).write_text("{")


def _another_genre(folder: Path) -> None:
    side_car = json.loads((folder / SIDE_CAR_FILE).read_text())
    side_car["genres"].append("polka")
    (folder / SIDE_CAR_FILE).write_text(json.dumps(side_car))


def _with_pickle(folder: Path) -> None:
    (folder / "optimiser.bin").write_bytes(pickle.dumps({"lr": 0.1}))


def _without_side_car(folder: Path) -> None:
    (folder / SIDE_CAR_FILE).unlink()


@pytest.mark.parametrize("damage", [_tampered, _broken_side_car, _without_side_car])
def test_a_copy_damaged_in_the_store_is_mended_by_the_intact_model(here, tmp_path, damage):
    engine, settings = here
    folder = write_candidate(tmp_path, "jazzbox-1")
    import_model(engine, settings, folder, actor="a@b")
    stored = find("jazzbox-1", settings.model_store)
    damage(stored)
    other = write_candidate(tmp_path / "other", "jazzbox-1", seed=1)
    with pytest.raises(StateError, match="--name"):
        import_model(engine, settings, other, actor="a@b")
    assert not is_intact(stored)
    mended = import_model(engine, settings, folder, actor="a@b")
    assert (mended.name, mended.new, mended.mended) == ("jazzbox-1", False, True)
    assert is_intact(stored)
    assert taken_in(settings) == ["jazzbox-1"]
    assert not import_model(engine, settings, folder, actor="a@b").mended


def test_what_is_damaged_and_was_never_known_is_nobodys_to_replace(here, tmp_path):
    engine, settings = here
    stored = write_candidate(settings.home / "models", "jazzbox-1", seed=1)
    _tampered(stored)
    with pytest.raises(ModelError, match="SHA-256"):
        import_model(engine, settings, write_candidate(tmp_path, "jazzbox-1"), actor="a@b")
    assert not is_intact(stored)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_tampered, "SHA-256"),
        (_another_genre, "architecture and genres need"),
        (_with_pickle, "anybody's code"),
        (_without_side_car, "not the folder of a model"),
    ],
)
def test_a_damaged_model_stays_outside(here, tmp_path, damage, message):
    engine, settings = here
    folder = write_candidate(tmp_path, "jazzbox-1")
    damage(folder)
    with pytest.raises(ModelError, match=message):
        import_model(engine, settings, folder, actor="a@b")
    assert taken_in(settings) == []


def test_a_pickle_is_refused_whatever_it_is_called(here, tmp_path):
    engine, settings = here
    with zipfile.ZipFile(tmp_path / "model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    (tmp_path / "model.pth").write_bytes(b"anything")
    (tmp_path / "model.dat").write_bytes(pickle.dumps([1, 2]))
    for name in ("model.bin", "model.pth", "model.dat"):
        with pytest.raises(ModelError, match="anybody's code"):
            import_model(engine, settings, tmp_path / name, actor="a@b")
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    with pytest.raises(ModelError, match="no model that can be imported"):
        import_model(engine, settings, tmp_path / "song.mp3", actor="a@b")
    with pytest.raises(NotFoundError):
        import_model(engine, settings, tmp_path / "absent", actor="a@b")


def _tar(file: Path, *entries: tarfile.TarInfo) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    return file


def _entry(name: str, **facts) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    for key, value in facts.items():
        setattr(entry, key, value)
    return entry


@pytest.mark.parametrize(
    "entry",
    [
        _entry("/etc/model.json"),
        _entry("model/../../out.json"),
        _entry("model/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        _entry("model/hard", type=tarfile.LNKTYPE, linkname="model.json"),
        _entry("model/fifo", type=tarfile.FIFOTYPE),
    ],
)
def test_a_package_that_leads_out_of_itself_is_refused(here, tmp_path, entry):
    engine, settings = here
    with pytest.raises(ModelError, match="nothing was imported"):
        import_model(engine, settings, _tar(tmp_path / "evil.tar.gz", entry), actor="a@b")
    assert not (tmp_path / "out.json").exists()
    assert taken_in(settings) == []


def test_a_package_has_bounds(here, tmp_path, monkeypatch):
    engine, settings = here
    monkeypatch.setattr(package, "MOST_BYTES", 1000)
    bomb = _tar(tmp_path / "bomb.tgz", _entry("m/a", size=600), _entry("m/b", size=600))
    with pytest.raises(ModelError, match="more than 1,000 bytes"):
        import_model(engine, settings, bomb, actor="a@b")
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(bomb.read_bytes()[:40])
    with pytest.raises(ModelError, match="cannot be read as a tar"):
        import_model(engine, settings, cut, actor="a@b")
    with pytest.raises(ModelError, match="holds 0 models"):
        import_model(engine, settings, _tar(tmp_path / "empty.tar"), actor="a@b")
