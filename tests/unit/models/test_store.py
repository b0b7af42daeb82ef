import shutil

import pytest

from musicai.errors import ModelError, NotFoundError
from musicai.models.store import DEFAULT_MODEL, SHIPPED, find, list_models


def test_the_default_model_comes_with_the_package(tmp_path):
    assert find("", tmp_path) == find(DEFAULT_MODEL, tmp_path) == SHIPPED / DEFAULT_MODEL


def test_the_users_store_goes_first(model_folder, tmp_path):
    assert find("small", tmp_path) == model_folder
    shutil.copytree(model_folder, tmp_path / DEFAULT_MODEL)
    assert find(DEFAULT_MODEL, tmp_path) == tmp_path / DEFAULT_MODEL


@pytest.mark.parametrize("name", ["absent", "../small", "/etc"])
def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(NotFoundError, match=DEFAULT_MODEL):
        find(name, tmp_path / "store")


def test_all_models_are_listed(model_folder, tmp_path):
    models = {model.side_car.name: model for model in list_models(tmp_path)}
    assert not models["small"].shipped
    assert models[DEFAULT_MODEL].shipped


def test_a_broken_model_is_named(model_folder, tmp_path):
    (model_folder / "model.json").write_text("{}")
    with pytest.raises(ModelError, match="small"):
        list_models(tmp_path)
