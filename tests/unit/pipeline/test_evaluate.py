"""`musicai models evaluate`, with real files and in its own process."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from musicai.cli import cli
from musicai.config import Settings
from musicai.errors import ConfigError, DatasetError, ModelError
from musicai.front_end import GTZAN_FRONT_END, REPORT_FRONT_END
from musicai.models.inference import load_classifier
from musicai.models.networks import build
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.pipeline.evaluate import run
from musicai.training.evaluation.chosen import choose
from musicai.training.evaluation.held_out import read_held_out
from musicai.training.evaluation.request import EvaluationRequest
from musicai.training.sources import open_source
from musicai.training.split import Split

GENRES = ("blues", "jazz", "metal")
ARGUMENTS = {"stem": 4, "widths": [4, 6], "head": 8}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path / "home"))
    return Settings.from_env()


def make_model(folder: Path, front_end=GTZAN_FRONT_END, data=None) -> Path:
    torch.manual_seed(5)
    network = build("residual_cnn", ARGUMENTS, n_mels=front_end.n_mels, genres=3)
    write_model(
        folder,
        network,
        lambda digest: SideCar(
            name=folder.name,
            architecture=Architecture("residual_cnn", ARGUMENTS),
            front_end=front_end,
            genres=GENRES,
            calibration=Calibration(1.0, 0.34, 0.9, 0.4, "nothing"),
            weights_sha256=digest,
            data=data or {},
        ),
    )
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight made-up spectrograms of each genre; one of blues is there twice."""
    folder = tmp_path_factory.mktemp("drawn")
    random = np.random.default_rng(2)
    for place, genre in enumerate(GENRES):
        (folder / genre).mkdir()
        for number in range(8):
            course = np.cumsum(random.standard_normal((68, 343), dtype=np.float32), axis=1).repeat(
                8, axis=0
            )
            levels = 128 + 40 * (course - course.mean()) / course.std() + 10 * place
            pixels = np.clip(levels, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / genre / f"{genre}.{number:05}.png", compress_level=1)
    shutil.copyfile(folder / "blues" / "blues.00000.png", folder / "blues" / "blues.00007.png")
    return folder


@pytest.fixture
def pictures(drawn: Path, tmp_path: Path) -> Path:
    """A copy of them that a test may change."""
    shutil.copytree(drawn, tmp_path / "pictures")
    return tmp_path / "pictures"


def make_split(pictures: Path, file: Path) -> Split:
    """Five of each genre to learn from, three held out: among them one that is there twice."""
    names = [example.name for example in open_source(f"spectrograms:{pictures}").examples()]
    held_out = [name for name in names if name[-1] in "567"]
    split = Split.of([[name for name in names if name not in held_out], [], held_out])
    split.write(file)
    return split


def test_the_answers_are_the_model_s_and_leaks_are_named(settings, pictures, tmp_path):
    split = make_split(pictures, tmp_path / "split.txt")
    model = make_model(
        tmp_path / "small", data={"split_sha256": split.digest, "weights_trained_on": ["train"]}
    )
    asked = EvaluationRequest(
        model=str(model),
        data=f"spectrograms:{pictures}",
        split=str(tmp_path / "split.txt"),
        answers=str(tmp_path / "answers.json"),
    )
    report = run(asked, settings)
    assert (report.model, report.side, report.split_sha256) == ("small", "test", split.digest)
    assert report.evaluation.tracks.count == 9
    answers = read_held_out(tmp_path / "answers.json")
    assert answers.names == split.test
    assert report.evaluation.tracks.accuracy.value == pytest.approx(answers.right.mean())
    kept = answers.probabilities.max(axis=1) >= 0.34
    assert report.coverage.value == pytest.approx(kept.mean())
    assert report.leaks["counts"]["sound"] >= 1
    assert any("nearly the same sound" in warning for warning in report.evaluation.warnings)
    assert not any("has learned" in warning for warning in report.evaluation.warnings)
    seen = run(EvaluationRequest(asked.model, asked.data, asked.split, "train"), settings)
    assert any("has learned" in warning for warning in seen.evaluation.warnings)
    unclear = run(EvaluationRequest(asked.model, asked.data), settings).evaluation.warnings
    assert any("tracks of that make the figures flatter" in warning for warning in unclear)
    split.write(model / "split.txt")
    every = run(EvaluationRequest(asked.model, asked.data), settings)
    told = [warning for warning in every.evaluation.warnings if "has learned" in warning]
    assert "from 15 of these 24 tracks" in told[0]
    assert f"--split {model / 'split.txt'} --side test" in told[0]
    with pytest.raises(ConfigError, match="--side needs --split"):
        run(replace(asked, split="", side="test"), settings)


def test_a_list_of_names_is_evaluated_as_it_is(settings, pictures, tmp_path):
    (tmp_path / "list.txt").write_text("blues.00001\njazz.00002\nmetal.00003\n")
    model = make_model(tmp_path / "small")
    asked = EvaluationRequest(str(model), str(pictures), str(tmp_path / "list.txt"))
    report = run(asked, settings)
    assert (report.side, report.leaks, report.evaluation.tracks.count) == (None, None, 3)
    classifier = load_classifier(model)
    assert classifier.side_car.threshold == report.threshold


@pytest.mark.parametrize("learnt", ["train", ""])
def test_a_manifest_says_which_side_is_evaluated(pictures, tmp_path, learnt):
    lines = [
        f"{file.relative_to(tmp_path)},{file.parent.name},{'test' if file.stem[-1] == '0' else learnt}"
        for file in sorted(pictures.glob("*/*.png"))
    ]
    (tmp_path / "list.csv").write_text("path,genre,split\n" + "\n".join(lines) + "\n")
    source = open_source(f"manifest:{tmp_path / 'list.csv'}", front_end=REPORT_FRONT_END)
    chosen = choose(source, "", "test")
    assert [example.name for example in chosen.examples] == [
        f"pictures/{genre}/{genre}.00000" for genre in GENRES
    ]
    assert {side: len(part) for side, part in chosen.others.items()} == ({"train": 21} if learnt else {})
    with pytest.raises(DatasetError, match=r"nothing on the side valid; it has .*3 test"):
        choose(source, "", "valid")


def test_what_the_model_cannot_answer_is_refused(settings, pictures, tmp_path):
    model = make_model(tmp_path / "small")
    deaf = make_model(tmp_path / "deaf", REPORT_FRONT_END)
    with pytest.raises(ModelError):
        run(EvaluationRequest(str(deaf), f"spectrograms:{pictures}"), settings)
    (pictures / "jazz").rename(pictures / "polka")
    with pytest.raises(DatasetError, match="polka"):
        run(EvaluationRequest(str(model), f"spectrograms:{pictures}"), settings)


def test_the_command_prints_draws_and_keeps(settings, pictures, tmp_path):
    make_model(settings.home / "models" / "small")
    make_split(pictures, tmp_path / "split.txt")
    command = ["models", "evaluate", "small", "--data", str(pictures), "--no-leaks"]
    command += ["--split", str(tmp_path / "split.txt"), "--png", str(tmp_path / "drawn")]
    shown = CliRunner().invoke(cli, command, catch_exceptions=False).stdout
    assert shown.startswith("small on test of")
    assert all(genre in shown for genre in GENRES)
    assert "9 tracks" in shown
    for name in ("confusion.png", "reliability.png"):
        with Image.open(tmp_path / "drawn" / name) as image:
            assert image.format == "PNG"


def test_errors_of_the_process_come_back_whole(settings, pictures):
    make_model(settings.home / "models" / "small")
    for number in (1, 2):
        (pictures / "jazz" / f"jazz.{number:05}.png").write_bytes(b"no picture")
    command = ["models", "evaluate", "small", "--data", f"spectrograms:{pictures}"]
    done = CliRunner().invoke(cli, command)
    assert isinstance(done.exception, DatasetError)
    assert "2 files cannot be read" in str(done.exception)
    assert "jazz.00001.png: it is no picture" in str(done.exception)
