import json
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from multiprocessing.pool import ThreadPool
from pathlib import Path

import fsspec
import pytest
import s3fs

from musicai.config import Settings, StorePlace
from musicai.errors import ConfigError, ModelError, NodeFaultError, NotFoundError, StateError
from musicai.models.inference import load_classifier
from musicai.models.remote import RemoteStore
from musicai.models.side_car import read_side_car, write_side_car
from musicai.models.store import (
    DEFAULT_MODEL,
    SHIPPED,
    find,
    is_damaged,
    list_models,
    list_names,
    publish,
    withdraw,
)
from tests.services.s3 import s3_server


def at(folder: Path) -> StorePlace:
    return StorePlace(str(folder), folder / "copies")


def test_the_default_model_comes_with_the_package(tmp_path):
    assert find("", at(tmp_path)) == find(DEFAULT_MODEL, at(tmp_path)) == SHIPPED / DEFAULT_MODEL


def test_the_users_store_goes_first(model_folder, tmp_path):
    assert find("small", at(tmp_path)) == model_folder
    own = tmp_path / DEFAULT_MODEL
    shutil.copytree(model_folder, own)
    with pytest.raises(ModelError, match=f"holds the model 'small', not '{DEFAULT_MODEL}'"):
        find(DEFAULT_MODEL, at(tmp_path))
    write_side_car(own, replace(read_side_car(own), name=DEFAULT_MODEL))
    assert find(DEFAULT_MODEL, at(tmp_path)) == own


@pytest.mark.parametrize("name", ["absent", "../small", "/etc"])
def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(NotFoundError, match=DEFAULT_MODEL):
        find(name, at(tmp_path / "store"))


def test_all_models_are_listed(model_folder, tmp_path):
    models = {model.name: model for model in list_models(at(tmp_path))}
    assert not models["small"].shipped
    assert models[DEFAULT_MODEL].shipped


def test_a_broken_model_leaves_the_others_usable(model_folder, tmp_path):
    shutil.copytree(model_folder, tmp_path / "other")
    (model_folder / "model.json").write_text("{}")
    models = {model.name: model for model in list_models(at(tmp_path))}
    assert "is no side-car of MusicAI" in models["small"].broken
    assert "holds the model 'small', not 'other'" in models["other"].broken
    assert models[DEFAULT_MODEL].side_car


def test_a_published_model_takes_nobodys_place(model_folder, tmp_path):
    (model_folder / "pictures").mkdir()
    (model_folder / "pictures" / "curves.png").write_bytes(b"a picture")
    store = at(tmp_path / "store")
    folder = publish(model_folder, store)
    assert folder == find("small", store)
    assert (folder / "pictures" / "curves.png").read_bytes() == b"a picture"
    with pytest.raises(StateError, match="small"):
        publish(model_folder, store)
    weights = model_folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    write_side_car(model_folder, replace(read_side_car(model_folder), name="other"))
    with pytest.raises(ModelError, match="SHA-256"):
        publish(model_folder, store)
    assert [path.name for path in Path(store.url).iterdir()] == ["small"]


@pytest.fixture(params=["folder", "url"])
def anywhere(request, tmp_path):
    """A store of each kind."""
    return at(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("far")


def _spoil(store, file, content):
    system, path = fsspec.core.url_to_fs(f"{store.url}/small/{file}")
    system.rm_file(path)
    if content is not None:
        system.pipe_file(path, content)


@pytest.mark.parametrize(
    ("file", "content"),
    [("model.safetensors", b"cut off"), ("model.safetensors", None), ("model.json", b"{")],
)
def test_a_damaged_copy_gives_its_place_to_an_intact_one(anywhere, model_folder, file, content):
    (model_folder / "CARD.md").write_text("# small")
    publish(model_folder, anywhere)
    (model_folder / "CARD.md").unlink()
    assert not is_damaged("small", anywhere)
    _spoil(anywhere, file, content)
    assert is_damaged("small", anywhere)
    folder = publish(model_folder, anywhere, mend=True)
    assert load_classifier(folder).side_car.name == "small"
    assert not is_damaged("small", anywhere)
    # what else there was stays
    assert (find("small", anywhere) / "CARD.md").read_text() == "# small"


def test_a_folder_without_a_side_car_is_a_damaged_model(model_folder, tmp_path):
    store = at(tmp_path / "store")
    publish(model_folder, store)
    _spoil(store, "model.json", None)
    assert is_damaged("small", store)
    load_classifier(publish(model_folder, store, mend=True))
    assert [path.name for path in Path(store.url).iterdir()] == ["small"]


def test_what_cannot_be_read_or_understood_just_now_is_not_damaged(model_folder, tmp_path):
    store = at(tmp_path)
    side_car = json.loads((model_folder / "model.json").read_text())
    (model_folder / "model.json").write_text(json.dumps(side_car | {"format": 99}))
    assert not is_damaged("small", store)
    (model_folder / "model.json").write_text(json.dumps(side_car))
    (model_folder / "model.safetensors").unlink()
    (model_folder / "model.safetensors").mkdir()  # as any other error of reading
    with pytest.raises(NodeFaultError, match="cannot be read"):
        is_damaged("small", store)


def test_a_swap_that_fails_leaves_what_was_there(model_folder, tmp_path, monkeypatch):
    store = at(tmp_path / "store")
    stored = publish(model_folder, store)
    _spoil(store, "model.safetensors", b"cut off")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("musicai.models.folder._place", fail)
    with pytest.raises(ModelError, match="No space left"):
        publish(model_folder, store, mend=True)
    assert (stored / "model.safetensors").read_bytes() == b"cut off"
    assert [path.name for path in Path(store.url).iterdir()] == ["small"]


_WRITE = """
import sys
from pathlib import Path
from musicai.config import StorePlace
from musicai.errors import ModelError
from musicai.models.store import publish
try:
    publish(Path(sys.argv[1]), StorePlace(sys.argv[2], Path(sys.argv[2])))
except ModelError as err:
    print(err)
"""


def test_a_disk_that_is_full_leaves_nothing(model_folder, tmp_path):
    """No file may grow beyond a thousand bytes: the system refuses the weights halfway."""
    store = tmp_path / "store"
    done = subprocess.run(
        [sys.executable, "-c", _WRITE, str(model_folder), str(store)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout
    assert list(store.iterdir()) == []


@pytest.fixture(scope="module")
def s3():
    """The URL of a bucket."""
    with s3_server() as url:
        yield url


@pytest.fixture
def far(s3, tmp_path):
    """A store in S3, and a node's folder for copies."""
    return StorePlace(f"{s3}/{tmp_path.name}/models", tmp_path / "copies")


def test_a_store_behind_a_url_is_copied_by_digest(far, model_folder):
    (model_folder / "CARD.md").write_text("# small")
    folder = publish(model_folder, far)
    assert (folder / "CARD.md").read_text() == "# small"
    assert load_classifier(find("small", far)).side_car == read_side_car(model_folder)
    listed = {model.name: model for model in list_models(far)}
    assert listed["small"].location == f"{far.url}/small"
    s3fs.S3FileSystem().copy(f"{far.url}/small", f"{far.url}/other", recursive=True)
    with pytest.raises(ModelError, match="holds the model 'small', not 'other'"):
        find("other", far)
    assert "'small', not 'other'" in {model.name: model.broken for model in list_models(far)}["other"]
    with pytest.raises(StateError, match="already"):
        publish(model_folder, far)


def test_nodes_that_fetch_at_once_share_a_copy_and_mend_it(far, model_folder):
    copy = publish(model_folder, far)
    (copy / "model.safetensors").write_bytes(b"cut off")
    with ThreadPool(4) as pool:
        assert set(pool.map(lambda _: find("small", far), range(4))) == {copy}
    load_classifier(copy)
    assert [path.name for path in copy.parent.iterdir()] == ["small"]


def test_what_arrived_in_part_is_not_offered(far, model_folder):
    s3fs.S3FileSystem().put_file(
        str(model_folder / "model.safetensors"), f"{far.url}/small/model.safetensors"
    )
    with pytest.raises(NotFoundError, match="small"):
        find("small", far)
    s3fs.S3FileSystem().pipe_file(f"{far.url}/small/model.safetensors", b"tampered with")
    s3fs.S3FileSystem().put_file(str(model_folder / "model.json"), f"{far.url}/small/model.json")
    with pytest.raises(ModelError, match="SHA-256"):
        find("small", far)


def test_an_upload_that_was_broken_off_leaves_nothing_and_a_model_can_be_withdrawn(far, model_folder):
    s3fs.S3FileSystem().pipe_file(f"{far.url}/small/OTHER.md", b"of a model that never came")
    copy = publish(model_folder, far)
    assert sorted(file.name for file in copy.iterdir()) == ["model.json", "model.safetensors"]
    assert RemoteStore(far).copy_keys() == {copy.parent.name}
    withdraw("small", far)
    assert (RemoteStore(far).copy_keys(), "small" in list_names(far)) == (set(), False)
    withdraw("small", far)


def test_a_store_that_cannot_be_reached_says_so(s3, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(NodeFaultError, match="s3://other/models"):
        find("small", StorePlace("s3://other/models", tmp_path))


def test_a_store_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="MUSICAI_MODEL_STORE"):
        find("small", StorePlace("gopher://host/models", tmp_path))


def test_a_file_url_is_a_folder(tmp_path):
    store = Settings.from_env({"MUSICAI_MODEL_STORE": f"file://{tmp_path}/models"}).model_store
    assert store.folder == tmp_path / "models"
