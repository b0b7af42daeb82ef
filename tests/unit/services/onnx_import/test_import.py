"""`musicai models import`: what it makes of a file, and what it says of one that it cannot use."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from musicai.cli import cli
from musicai.errors import ConfigError, ModelError, StateError
from musicai.models.inference import load_classifier
from tests.unit.models.onnx_models import small_onnx, with_outside_weights

GENRES = ["Rock---Grunge", "Jazz---Bop", "Electronic---Techno"]
Import = Callable[..., Result]


@pytest.fixture
def take_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """A function that imports bytes as an ONNX file with three labels."""
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path / "home"))
    (tmp_path / "labels.json").write_text(json.dumps({"classes": GENRES, "link": "https://example.org"}))

    def run(content: bytes, *options: str, labels: str = "labels.json", front_end: str = "gtzan") -> Result:
        file = tmp_path / "Some Model.onnx"
        file.write_bytes(content)
        chosen = ["--labels", str(tmp_path / labels), "--front-end", front_end]
        return CliRunner().invoke(cli, ["models", "import", str(file), *chosen, *options])

    return run


def refusal(done: Result, kind: type[Exception]) -> str:
    assert isinstance(done.exception, kind), done.output
    return str(done.exception)


def stored(tmp_path: Path) -> list[str]:
    return sorted(folder.name for folder in (tmp_path / "home" / "models").glob("*"))


def test_a_model_becomes_one_of_the_store(take_in: Import, tmp_path: Path) -> None:
    content = small_onnx(shape=("n", 96, 80), time_axis=1, last="Sigmoid", second_output=True)
    done = take_in(content, "--json")
    assert done.exception is None, done.exception
    view = json.loads(done.stdout)
    assert (view["name"], view["genres"], view["axes"]) == ("some-model", 3, "btm")
    assert (view["patch_frames"], view["hop_frames"]) == (96, 48)
    assert (view["output"], view["activation"], view["threshold"]) == ("activations", "none", 0.5)
    assert len(view["warnings"]) == 2
    classifier = load_classifier(tmp_path / "home" / "models" / "some-model")
    assert classifier.side_car.genres == tuple(GENRES)
    shown = CliRunner().invoke(cli, ["models", "show", "some-model"], catch_exceptions=False).output
    assert "Jazz---Bop" in shown
    assert "not calibrated" in shown


def test_another_model_of_its_name_stays(take_in: Import, tmp_path: Path) -> None:
    for _ in range(2):  # the very same is no other
        assert take_in(small_onnx()).exception is None
    other = small_onnx(last="Sigmoid")
    assert "give this one a name of its own with --name" in refusal(take_in(other), StateError)
    assert stored(tmp_path) == ["some-model"]
    assert take_in(other, "--name", "another").exception is None
    assert stored(tmp_path) == ["another", "some-model"]


def test_what_a_person_says_counts(take_in: Import, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a\n\nb\nc\n")
    settings = {"kind": "mel_log", "n_mels": 80, "sample_rate": 16000, "f_max": 8000, "n_fft": 512}
    (tmp_path / "front.json").write_text(json.dumps(settings))
    said = [
        "--activation",
        "sigmoid",
        "--patch",
        "64",
        "--hop",
        "16",
        "--threshold",
        "0.2",
        "--name",
        "mine",
        "--json",
    ]
    done = take_in(small_onnx(), *said, labels="labels.txt", front_end=str(tmp_path / "front.json"))
    assert done.exception is None, done.exception
    view = json.loads(done.stdout)
    assert (view["name"], view["patch_frames"], view["hop_frames"]) == ("mine", 64, 16)
    assert (view["activation"], view["threshold"], view["front_end"]) == ("sigmoid", 0.2, "mel_log")
    assert view["warnings"] == []


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ({"genres": 4}, (), "4 values for each patch, and there are 3 labels"),
        ({"bands": 96, "shape": ("n", 1, 96, "t")}, (), "cannot take spectrograms of 80 bands"),
        ({}, ("--output", "other"), "no output 'other'; it has logits"),
        ({"genres": 5, "second_output": True}, (), "Say it with --output"),
        ({}, ("--activation", "none"), "no probabilities"),
        ({}, ("--layout", "btm"), "cannot take"),
        ({}, ("--name", "Not A Name"), "model name must be"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    take_in: Import, tmp_path: Path, content: dict[str, object], options: tuple[str, ...], reason: str
) -> None:
    assert reason in refusal(take_in(small_onnx(**content), *options), ModelError)
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("only\n", "two or more"),
        ("a\nb\na\n", "'a' stands there more than once"),
        ("a\nb\nUnknown\n", "does not know"),
        ("a\nb\n" + "c" * 81, "up to 80"),
    ],
)
def test_labels_that_cannot_be_genres(take_in: Import, tmp_path: Path, labels: str, reason: str) -> None:
    (tmp_path / "labels.txt").write_text(labels)
    assert reason in refusal(take_in(small_onnx(), labels="labels.txt"), ConfigError)


def test_files_that_are_not_what_they_should_be(take_in: Import, tmp_path: Path) -> None:
    assert "never opens one" in refusal(take_in(b"\x80\x04K\x01."), ModelError)
    assert "another file" in refusal(take_in(with_outside_weights(tmp_path).read_bytes()), ModelError)
    assert "neither gtzan" in refusal(take_in(small_onnx(), front_end="gtzam"), ConfigError)
    (tmp_path / "labels.json").write_text('{"classes": 3}')
    assert "list of names" in refusal(take_in(small_onnx()), ConfigError)
    assert "cannot be read" in refusal(take_in(small_onnx(), labels="absent.txt"), ConfigError)
    done = CliRunner().invoke(cli, ["models", "import", str(tmp_path / "Some Model.onnx")])
    assert "--labels and --front-end" in refusal(done, ConfigError)
    assert stored(tmp_path) == []
