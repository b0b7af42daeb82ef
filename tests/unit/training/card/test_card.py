import re
from dataclasses import replace

import pytest

from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END
from musicai.models.networks import build
from musicai.models.side_car import Architecture, Calibration, SideCar, read_side_car
from musicai.models.weights import write_model
from musicai.training.calibration import Measured
from musicai.training.card import Facts, model_card
from musicai.training.evaluation.artefacts import read_evaluation, write_artefacts
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.held_out import HeldOut, read_held_out
from musicai.training.evaluation.summary import side_car_metrics
from tests.unit.training.conftest import SMALL
from tests.unit.training.evaluation.made_up import GENRES, answers

SECTIONS = [
    "What it is",
    "How it was made",
    "How good it is",
    "How much its confidence means",
    "What it survives",
    "What makes the figures doubtful",
    "Limits",
    "What the data allow",
]


@pytest.fixture
def made(tmp_path):
    """A small model's folder with its artefacts, and what was measured."""
    scores, labels = answers(90, seed=1)
    tracks = [f"track {k:03}" for k in range(90)]
    evaluation = evaluate(scores, labels, tracks, GENRES, resamples=100)
    network = build("residual_cnn", SMALL.arguments, n_mels=80, genres=4)
    side_car = write_model(
        tmp_path,
        network,
        lambda digest: SideCar(
            name="made-up-1",
            architecture=Architecture("residual_cnn", SMALL.arguments),
            front_end=GTZAN_FRONT_END,
            genres=GENRES,
            calibration=Calibration(1.3, 0.61, 0.9, 0.5, "valid, 90 tracks"),
            weights_sha256=digest,
            data={
                "set": "made up",
                "split_sha256": "ab" * 32,
                "weights_trained_on": ["train", "valid"],
                "metrics_weights_trained_on": ["train"],
                "metrics_measured_on": "valid",
            },
            metrics=side_car_metrics(evaluation),
            training={"seed": 7, "seconds": 95.0, "plan": {"members": [SMALL.to_json()]}},
            code_version="0.1.0",
            terms="Anybody may do anything.",
        ),
    )
    held_out = HeldOut.of_excerpts(scores, labels, tracks, GENRES, "ab" * 32)
    write_artefacts(tmp_path, "made-up-1", evaluation, held_out, 0.61)
    return tmp_path, side_car, evaluation


def test_the_card_of_a_model_says_everything_and_its_links_exist(made):
    folder, side_car, evaluation = made
    facts = Facts(
        folder=folder,
        evaluation=evaluation,
        measured=Measured(0.9, 0.5, (0.82, 0.97), (0.41, 0.6)),
        command="musicai train ./music --seed 7",
        seeds=(0.61, 0.63, 0.65, 0.62, 0.64),
        robustness=({"change": "6 dB quieter", "same answer": "0.99"},),
        leaks=("one artist is on both sides",),
    )
    card = model_card(side_car, facts)
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == SECTIONS
    links = re.findall(r"\]\((.*?)\)", card)
    assert set(links) == {"confusion.png", "reliability.png", "evaluation.json", "held_out.json"}
    assert all((folder / link).is_file() for link in links)
    accuracy = evaluation.tracks.accuracy.value
    for said in (
        "    musicai train ./music --seed 7",
        f"`{side_car.weights_sha256}`",
        f"`{'ab' * 32}`",
        "| peak_rate | 0.01 |",
        "* took: 95 s",
        f"**{accuracy:.3f}**",
        "mean **0.630**, standard deviation 0.016",
        "alone. The weights beside this card",
        "temperature 1.3",
        "90 % (82 % to 97 %)",
        "50 % (41 % to 60 %)",
        "one artist is on both sides",
        "Anybody may do anything.",
    ):
        assert said in card, said
    assert all(f"| {genre} | " in card for genre in GENRES)


def test_a_card_of_little_says_what_is_known_and_nothing_else(made):
    _, side_car, _ = made
    card = model_card(side_car)
    titles = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert set(SECTIONS) - set(titles) == {"What it survives", "What makes the figures doubtful"}
    assert "](" not in card
    assert "| mean confidence | right | tracks |" in card
    bare = SideCar("bare", side_car.architecture, GTZAN_FRONT_END, GENRES, side_car.calibration, "0" * 64)
    assert "never measured" in model_card(bare)


def test_the_card_of_a_picture_network_has_no_settings_that_are_for_spectrograms(made):
    folder, side_car, evaluation = made
    facts = Facts(folder=folder, evaluation=evaluation)
    for size in (None, 64):
        plan = {"members": [SMALL.to_json()], "front_end": {"picture_size": size}}
        card = model_card(replace(side_car, training={"plan": plan}), facts)
        for name in ("augmentation.mixup", "jitter", "peak_rate"):
            assert f"| {name} |" in card
        for name in ("augmentation.tempo", "augmentation.mask_bands", "crop_frames"):
            assert (f"| {name} |" in card) == (size is None)


def test_artefacts_are_read_back(made):
    folder, side_car, evaluation = made
    assert read_side_car(folder) == side_car
    assert read_evaluation(folder / "evaluation.json").to_json() == evaluation.to_json()
    assert len(read_held_out(folder / "held_out.json")) == 90
    (folder / "evaluation.json").write_text("[]")
    with pytest.raises(ConfigError, match=r"evaluation\.json"):
        read_evaluation(folder / "evaluation.json")
