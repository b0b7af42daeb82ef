"""Experiments from a folder of spectrograms to models, in a real process of their own."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from PIL import Image

from musicai.audio.network_input import network_input
from musicai.cli import cli
from musicai.errors import ConfigError, DatasetError, StateError, TrainingError
from musicai.front_end import REPORT_FRONT_END
from musicai.models.inference import load_classifier
from musicai.services.experiments import run_experiments
from musicai.training.evaluation.artefacts import read_evaluation
from musicai.training.evaluation.held_out import read_held_out
from musicai.training.experiments.order import Order
from musicai.training.sources.drawn_by import DrawnBy

from .conftest import EXPERIMENTS, sound


class Recorder:
    """A display that remembers, and may break off."""

    def __init__(self, break_off_after=None):
        self.epochs, self.finished, self.break_off_after = [], [], break_off_after
        self.texts = []
        self.texts_before_learning = ()

    def said(self, text):
        self.texts.append(text)

    def epoch(self, name, report):
        self.texts_before_learning = self.texts_before_learning or tuple(self.texts)
        self.epochs.append((name, report.epoch))
        if len(self.epochs) == self.break_off_after:
            raise KeyboardInterrupt

    def done(self, name):
        self.finished.append(name)


def figures(folder):
    """A result without its times."""
    result = json.loads((folder / "result.json").read_text())
    for epoch in result["history"]:
        del epoch["seconds"]
    del result["seconds"]
    return result


def painted(folder, drawn_by):
    """Pictures of two genres, and beside them what is said to have drawn them."""
    for number in range(20):
        file = folder / ("low", "high")[number % 2] / f"{number:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", drawn_by.size, (200 * (number % 2), number, 100)).save(file)
    (folder / "front_end.json").write_text(json.dumps(drawn_by.to_json()))
    return folder


@pytest.fixture(scope="module")
def outcome(grey_folder, tmp_path_factory):
    """What a run of both experiments leaves."""
    folder = tmp_path_factory.mktemp("outcome")
    file = folder / "sounds.toml"
    file.write_text(EXPERIMENTS)
    recorder = Recorder()
    run_experiments(Order(str(file), str(grey_folder), str(folder / "out"), (1, 2)), recorder)
    assert recorder.finished == ["01-lenet_color", "02-mini_alexnet"]
    assert recorder.epochs == [("01-lenet_color", n + 1) for n in range(12)] + [
        ("02-mini_alexnet", 1),
        ("02-mini_alexnet", 2),
    ]
    return folder


def test_a_result_has_figures_on_every_side(outcome):
    result = figures(outcome / "out" / "01-lenet_color")
    assert [result[side]["clips"] for side in ("train", "valid", "test")] == [24, 3, 3]
    assert result["train"]["accuracy"] > 0.9
    assert result["test"]["low"] <= result["test"]["accuracy"] <= result["test"]["high"]
    assert [epoch["epoch"] for epoch in result["history"]] == list(range(1, 13))
    assert result["history"][-1]["test_accuracy"] == pytest.approx(result["valid"]["accuracy"], abs=1e-4)
    assert figures(outcome / "out" / "02-mini_alexnet")["train"]["clips"] == 8 + 5 + 8


def test_a_spectrogram_that_stands_on_two_sides_is_told(grey_folder, experiments_file, tmp_path):
    """A tune twice in the folder makes figures flatter: said while nothing is trained, and with them."""
    data = tmp_path / "data"
    shutil.copytree(grey_folder, data)
    for number in range(0, 30, 3):  # all of a genre, so that some pair is torn apart
        shutil.copy(data / "high" / f"high.{number:05}.png", data / "high" / f"copy.{number:05}.png")
    recorder = Recorder()
    run_experiments(Order(str(experiments_file), str(data), str(tmp_path / "out"), (2,)), recorder)
    (told,) = [text for text in recorder.texts_before_learning if text.startswith("warning: ")]
    assert "nearly the same sound stands on two sides of the split" in told
    evaluation = json.loads((tmp_path / "out" / "02-mini_alexnet" / "evaluation-valid.json").read_text())
    assert told.removeprefix("warning: ") in evaluation["warnings"]


def test_what_drew_the_pictures_decides_what_the_network_sees(experiments_file, tmp_path):
    """Pictures cannot be drawn again by the file's front end, which is for audio."""
    data = painted(tmp_path / "data", DrawnBy(REPORT_FRONT_END, "tide", (48, 48)))
    recorder, out = Recorder(), tmp_path / "out"
    order = Order(str(experiments_file), str(data), str(out), (2,))
    run_experiments(order, recorder)
    side_car = load_classifier(out / "02-mini_alexnet" / "model").side_car
    assert side_car.front_end == replace(REPORT_FRONT_END, picture_size=32, colormap="tide")
    assert figures(out / "02-mini_alexnet")["front_end"] == side_car.front_end.to_json()
    (told,) = [text for text in recorder.texts_before_learning if text.startswith("front end: ")]
    assert told.startswith("front end: report, in the colours tide: it drew the data; that of sounds, {")
    run_experiments(order, Recorder())
    painted(data, DrawnBy(REPORT_FRONT_END, "ember", (48, 48)))
    with pytest.raises(StateError, match="a result on other data"):
        run_experiments(order, Recorder())
    (data / "low" / "another.png").write_bytes(next((data / "low").glob("*.png")).read_bytes())
    kept = (out / "split.txt").read_bytes()
    with pytest.raises(StateError, match="a result on other data"):
        run_experiments(order, Recorder())
    assert (out / "split.txt").read_bytes() == kept  # what is refused changes nothing


def test_pictures_and_events_lie_beside_the_model(outcome):
    for name in ("confusion-valid.png", "model/curves.png", "model/confusion.png"):
        with Image.open(outcome / "out" / "01-lenet_color" / name) as picture:
            picture.verify()
    assert [*(outcome / "out" / "logs" / "01-lenet_color").glob("events.out.tfevents.*")]
    assert not [*(outcome / "out").rglob("*.ckpt"), *(outcome / "out").rglob("*.part")]


def test_a_model_of_an_experiment_has_beside_it_what_that_of_any_run_has(outcome):
    folder = outcome / "out" / "01-lenet_color" / "model"
    assert {"CARD.md", "held_out.json", "evaluation.json", "split.txt", "leaks.json"} <= {
        file.name for file in folder.iterdir()
    }
    data = load_classifier(folder).side_car.data
    assert (data["weights_trained_on"], data["metrics_measured_on"]) == (["train"], "test")
    told = f"{data['leaks']['sound']} times nearly the same sound"  # they are very short
    assert any(told in text for text in read_evaluation(folder / "evaluation.json").warnings)
    assert read_held_out(folder / "held_out.json").split_sha256 == data["split_sha256"]


def test_the_model_of_an_experiment_classifies_sound(outcome):
    """It has learned from grey images only, and now hears."""
    classifier = load_classifier(outcome / "out" / "01-lenet_color" / "model")
    side_car = classifier.side_car
    assert side_car.training["plan"]["members"][0]["optimiser"] == "sgd"
    assert side_car.data["split_sha256"] == figures(outcome / "out" / "01-lenet_color")["split_sha256"]
    assert len(side_car.normalisation.mean) == 3
    for genre in side_car.genres:
        scores = classifier.scores(network_input(sound(genre, 1000), side_car.front_end))
        assert side_car.genres[scores.argmax()] == genre


def test_an_interrupted_run_ends_as_an_unbroken_one(outcome, grey_folder, tmp_path):
    order = Order(str(outcome / "sounds.toml"), str(grey_folder), str(tmp_path), (1,))
    with pytest.raises(KeyboardInterrupt):
        run_experiments(order, Recorder(break_off_after=4))
    assert (tmp_path / "01-lenet_color" / "run.ckpt").exists()
    recorder = Recorder()
    run_experiments(order, recorder)
    assert recorder.epochs[0][1] > 4
    assert figures(tmp_path / "01-lenet_color") == figures(outcome / "out" / "01-lenet_color")


def test_what_cannot_be_read_is_left_out_where_that_is_asked_for(experiments_file, tmp_path):
    """And what drew pictures of which nothing says it is told by an option: both as for `musicai train`."""
    data = painted(tmp_path / "data", DrawnBy(REPORT_FRONT_END, "ember", (48, 48)))
    (data / "front_end.json").unlink()
    for name in (b"broken.png", b"brok\xff.png"):
        (data / "low" / os.fsdecode(name)).write_text("no picture")
    arguments = ["experiments", "run", str(experiments_file), "--only", "2", "--out", str(tmp_path / "out")]
    arguments += ["--data", f"pictures:{data}"]
    refused = CliRunner().invoke(cli, arguments)
    assert isinstance(refused.exception, DatasetError)
    assert "--front-end" in str(refused.exception)
    arguments += ["--front-end", "report"]
    refused = CliRunner().invoke(cli, arguments)
    assert "(--skip-unreadable)" in str(refused.exception)
    done = CliRunner().invoke(cli, [*arguments, "--skip-unreadable"], catch_exceptions=False)
    assert "2 cannot be read: 'low/broken', 'low/brok" in done.stderr
    side_car = load_classifier(tmp_path / "out" / "02-mini_alexnet" / "model").side_car
    assert side_car.data["unreadable"] == ["low/broken", "low/brok?"]
    assert side_car.front_end == replace(REPORT_FRONT_END, picture_size=32)


def test_results_of_other_settings_are_not_taken_for_these(outcome, grey_folder):
    with pytest.raises(StateError, match="other settings"):
        run_experiments(
            Order(str(outcome / "sounds.toml"), str(grey_folder), str(outcome / "out"), (1,), size=16),
            Recorder(),
        )


def test_what_the_process_refuses_arrives_as_its_own_error(experiments_file, grey_folder, tmp_path):
    """A genre that nobody has is refused before an earlier experiment takes its hours."""
    experiments_file.write_text(EXPERIMENTS.replace("low = 5", "polka = 5"))
    order = Order(str(experiments_file), str(grey_folder), str(tmp_path), (1, 2))
    recorder = Recorder()
    with pytest.raises(ConfigError, match="experiment 2: there is no genre polka"):
        run_experiments(order, recorder)
    assert not recorder.epochs


def test_a_folder_that_cannot_be_written_is_told_of_before_anything_is_learned(
    experiments_file, grey_folder, tmp_path
):
    (tmp_path / "split.txt").mkdir()
    recorder = Recorder()
    with pytest.raises(TrainingError, match=r"split\.txt cannot be written: Is a directory"):
        run_experiments(Order(str(experiments_file), str(grey_folder), str(tmp_path), (2,)), recorder)
    assert not recorder.epochs


def test_a_process_that_dies_is_told_of(experiments_file, tmp_path, monkeypatch):
    monkeypatch.setattr("musicai.services.experiments.sys.executable", "/bin/false")
    with pytest.raises(TrainingError, match=r"status 1.*same command goes on"):
        run_experiments(Order(str(experiments_file), "x", str(tmp_path), (1,)), Recorder())


def test_the_table_shows_what_came_out_beside_what_was_reported(outcome):
    file, out = str(outcome / "sounds.toml"), str(outcome / "out")
    done = CliRunner().invoke(cli, ["experiments", "show", file, "--out", out, "--markdown"])
    lines = done.stdout.splitlines()
    assert lines[0].startswith("| # | Network | Batch | Epochs | Rate | Momentum | BN1d |")
    assert "| 1 | lenet_color | 12 | 12 | 0.02 | 0.5 | yes | - | yes | 0.2 | 0.90 |" in lines[2]
    done = CliRunner().invoke(cli, ["experiments", "show", file, "--out", out, "--json", "--only", "1"])
    (view,) = json.loads(done.stdout)
    assert view["reported"] == {"train": 0.9, "test": 0.8}
    assert view["result"]["train"]["clips"] == 24


def test_the_command_does_not_run_again_what_is_finished(outcome, grey_folder):
    file, out = str(outcome / "sounds.toml"), str(outcome / "out")
    before = (outcome / "out" / "01-lenet_color" / "result.json").stat().st_mtime_ns
    arguments = ["experiments", "run", file, "--out", out]
    refused = CliRunner().invoke(cli, arguments)
    assert isinstance(refused.exception, ConfigError)
    assert "--data SOURCE, or data =" in str(refused.exception)
    (outcome / "sounds.toml").write_text(f'data = "{grey_folder}"\n{EXPERIMENTS}')
    refused = CliRunner().invoke(cli, [*arguments, "--no-wait"])
    assert "--no-wait is for --enqueue" in str(refused.exception)
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[2].startswith("2\tmini_alexnet\t12\t2")
    assert f"24 train, 3 valid, 3 test of spectrograms:{grey_folder}\n" in done.stderr
    assert (outcome / "out" / "01-lenet_color" / "result.json").stat().st_mtime_ns == before
