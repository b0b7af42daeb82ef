import json
import re

import pytest
from click.testing import CliRunner

from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END
from musicai.models.inference import load_classifier
from musicai.training.__main__ import main
from musicai.training.command import command_of
from musicai.training.evaluation.held_out import read_held_out
from musicai.training.loading import load
from musicai.training.plan import Plan
from musicai.training.request import TrainRequest
from musicai.training.sources import open_source
from musicai.training.split import list_split, read_split_file
from musicai.training.split_plan import SplitPlan

from .conftest import RADIAL, SMALL


def command(folder, out, recipe, *more):
    options = ["--spectrograms", folder, "--train", folder / "train.txt", "--valid", folder / "valid.txt"]
    return [str(part) for part in [*options, "--recipe", recipe, "--name", "made-up", "--out", out, *more]]


@pytest.mark.parametrize("more", [[], ["--use-all"]])
def test_one_command_makes_a_model_that_loads_and_knows_where_it_comes_from(image_folder, tmp_path, more):
    recipe = tmp_path / "recipe.json"
    members = [{**SMALL.to_json(), "epochs": 3}, RADIAL.to_json()]
    recipe.write_text(json.dumps({"members": members}))
    outcome = CliRunner().invoke(
        main,
        command(image_folder, tmp_path / "model", recipe, "--work", str(tmp_path / "work"), *more),
        catch_exceptions=False,
    )
    assert outcome.exit_code == 0, outcome.output
    classifier = load_classifier(tmp_path / "model")
    side_car = classifier.side_car
    assert side_car.genres == ("high", "low", "pulse")
    assert side_car.data["examples"] == {"train": 27, "valid": 15}
    assert side_car.data["split_sha256"] == read_split_file(tmp_path / "model" / "split.txt").digest
    assert side_car.data["weights_trained_on"] == (["train", "valid"] if more else ["train"])
    assert side_car.data["metrics_weights_trained_on"] == ["train"]
    assert side_car.metrics["clips"] == 15
    assert len(side_car.metrics["members_accuracy"]) == 2
    source = open_source(f"spectrograms:{image_folder}")
    split = list_split(
        source.examples(), {side: image_folder / f"{side}.txt" for side in ("train", "valid")}
    )
    valid = load(source, split.divide(source.examples())["valid"], GTZAN_FRONT_END).data
    right = [
        classifier.scores(x).argmax() == g for x, g in zip(valid.spectrograms, valid.labels, strict=True)
    ]
    assert sum(right) >= 12


def test_a_model_without_epochs_has_everything_beside_it_but_curves(image_folder, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"members": [RADIAL.to_json()]}))
    made = tmp_path / "model"
    CliRunner().invoke(main, command(image_folder, made, recipe), catch_exceptions=False)
    card = (made / "CARD.md").read_text("utf-8")
    links = re.findall(r"\]\((.*?)\)", card)
    assert {"confusion.png", "reliability.png", "held_out.json", "split.txt"} <= set(links)
    assert all((made / link).is_file() for link in links)
    assert "curves.png" not in card
    assert len(read_held_out(made / "held_out.json")) == 15


@pytest.mark.parametrize("content", ["{", '{"members": [{"colour": 1}]}', "[]"])
def test_a_recipe_that_cannot_be_used_is_refused(image_folder, tmp_path, content):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(content)
    with pytest.raises(ConfigError, match=r"recipe\.json"):
        CliRunner().invoke(main, command(image_folder, tmp_path / "model", recipe), catch_exceptions=False)


def test_the_command_of_a_card_makes_the_same_split():
    """`train` draws with one seed; what was drawn with another stands beside the card."""
    for seed, words in ((1337, "--ratio 0.8/0.1/0.1"), (7, "--split split.txt")):
        request = TrainRequest("made-up", ("audio:/songs",), Plan((SMALL,)), SplitPlan("ratio", seed=seed))
        assert command_of(request).endswith(f"--seed 0 {words}")
