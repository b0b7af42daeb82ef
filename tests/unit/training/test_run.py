"""Whole runs, from sources to a model's folder, on data that are not as one would wish."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from PIL import Image, ImageOps

from musicai.errors import DatasetError, StateError, StoppedError
from musicai.models.folder import verify
from musicai.training.evaluation.artefacts import read_evaluation
from musicai.training.evaluation.held_out import read_held_out
from musicai.training.hooks import Hooks
from musicai.training.plan import Plan
from musicai.training.request import TrainRequest
from musicai.training.run import train_model
from musicai.training.sources import open_source

from .conftest import RADIAL, SMALL


@pytest.fixture
def oddly_named(image_folder, tmp_path):
    """Spectrograms of which those of one genre have names that are not UTF-8, and one is damaged."""
    folder = tmp_path / "\udcfedata"
    shutil.copytree(image_folder, folder)
    for file in [*(folder / "low").iterdir()]:
        file.rename(file.with_name(f"b\udcff{file.name}"))
    (folder / "low" / os.fsdecode(b"b\xffd.png")).write_text("no picture")
    return folder


def test_names_that_are_not_utf_8_cost_no_run(oddly_named, tmp_path):
    request = TrainRequest(
        "odd", (f"spectrograms:{oddly_named}",), Plan((RADIAL,)), use_all=True, skip_unreadable=True
    )
    facts = {}
    out = train_model(request, tmp_path / "run", lambda: "odd-1", Hooks(facts=facts.update)).folder
    names = {name for name in read_held_out(out / "held_out.json").names if name.startswith("low/")}
    assert names
    assert all(name.startswith("low/b\udcfflow.") for name in names)
    assert read_evaluation(out / "evaluation.json").tracks.count > len(names)
    kept = (out / "run.json").read_text("utf-8", "surrogateescape")
    assert TrainRequest.from_json(json.loads(kept)) == request
    assert "skip-unreadable" in (out / "CARD.md").read_text("utf-8")
    assert verify(out).data["unreadable"] == ["low/b?d"]
    assert facts["sources"] == [f"spectrograms:{tmp_path}/?data"]
    json.dumps(facts, ensure_ascii=False).encode()  # PostgreSQL takes what can be written as UTF-8


def test_a_run_does_not_go_on_with_other_pictures_of_the_same_names(image_folder, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(image_folder, data)
    request = TrainRequest("half", (f"spectrograms:{data}",), Plan((replace(SMALL, epochs=2),)))
    epochs = []
    hooks = Hooks(epoch=epochs.append, should_stop=lambda: len(epochs) == 1)
    with pytest.raises(StoppedError):
        train_model(request, tmp_path / "run", lambda: "half-1", hooks)
    for file in data.rglob("*.png"):
        with Image.open(file) as image:
            redrawn = ImageOps.invert(image)
        redrawn.save(file)
    with pytest.raises(StateError, match="pictures in files of the same names"):
        train_model(request, tmp_path / "run", lambda: "half-1", Hooks())
    shutil.copytree(image_folder, data, dirs_exist_ok=True)
    train_model(request, tmp_path / "run", lambda: "half-1", Hooks(epoch=epochs.append))
    assert [report.epoch for report in epochs] == [1, 1, 2]


def test_a_genre_of_which_no_file_can_be_read_is_not_learned(image_folder, tmp_path):
    shutil.copytree(image_folder, tmp_path / "data")
    for file in (tmp_path / "data" / "low").iterdir():
        file.write_text("no picture")
    request = TrainRequest(
        "half", (f"spectrograms:{tmp_path}/data",), Plan((RADIAL,)), skip_unreadable=True
    )
    with pytest.raises(DatasetError, match="to learn 'low' from none can be read: mend them, or take the"):
        train_model(request, tmp_path / "run", lambda: "half-1", Hooks())


def test_a_genre_that_is_not_utf_8_is_refused_before_anything_is_read(image_folder, tmp_path):
    shutil.copytree(image_folder / "low", tmp_path / "data" / "lo\udcffw")
    shutil.copytree(image_folder / "high", tmp_path / "data" / "high")
    with pytest.raises(DatasetError, match="is not UTF-8: rename its folder"):
        open_source(f"spectrograms:{tmp_path}/data").examples()
