import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from musicai.front_end import GTZAN_FRONT_END
from musicai.models.inference import load_classifier
from musicai.training.__main__ import main
from musicai.training.at_once import FITS
from musicai.training.loop import logits_of
from musicai.training.metrics import accuracy
from musicai.training.plan import AT_ONCE
from musicai.training.recipe import Recipe
from musicai.training.texture import fit_texture

from .conftest import CALM, pictures

BANKS = [{"frames": 4, "patches": 24, "projected": 12, "centred": True}]
RECIPE = Recipe(
    architecture="texture",
    arguments={"banks": BANKS},
    augmentation=CALM,
    copies=2,
    ridge=1e-3,
    label_smoothing=0.0,
)
NOTHING = np.zeros((0, 80, 60), np.float32)


def ramps(count):
    """Spectrograms unlike all the made-up genres."""
    ramp = np.linspace(-1.7, 1.7, 60, dtype=np.float32)
    noise = np.random.default_rng(5).standard_normal((count, 80, 60)).astype(np.float32)
    return ramp + 0.2 * noise


def test_it_learns_the_genres_and_answers_alike_for_the_same_seed():
    learn, valid = pictures(36, seed=1), pictures(18, seed=2)
    first, again = (logits_of(fit_texture(learn, NOTHING, RECIPE, 7), valid) for _ in range(2))
    assert accuracy(first, valid.labels) > 0.9
    np.testing.assert_allclose(first, again, atol=1e-3)


def test_what_it_was_told_to_be_no_music_gets_no_genre():
    learn, valid = pictures(36, seed=1), pictures(18, seed=2)
    network = fit_texture(learn, ramps(12), RECIPE, 0)
    with torch.inference_mode():
        scores = torch.softmax(network(torch.from_numpy(ramps(20)[12:, None])), dim=1)
    assert scores.max() < 0.5
    assert accuracy(logits_of(network, valid), valid.labels) > 0.9


def test_patches_have_length_one_and_another_seed_finds_others():
    one, other = (fit_texture(pictures(36, seed=1), NOTHING, RECIPE, seed) for seed in (0, 1))
    patches = one.banks[0].get_buffer("patches")
    torch.testing.assert_close(patches.norm(dim=1), torch.ones(24, 1))
    assert not torch.allclose(patches, other.banks[0].get_buffer("patches"))


def straying(network, clips):
    """How far the logits of a clip's first half are from its own, as a share of how far clips differ."""
    with torch.inference_mode():
        whole, half = network(clips), network(clips[..., : clips.shape[3] // 2])
    return ((whole - half).square().mean() / whole.var(dim=0).mean()).item()


def test_consistency_holds_the_answers_for_parts_of_a_clip_together():
    free = replace(RECIPE, parts=True)
    held = replace(free, consistency=1.0, narrow=0.1)
    learn, valid = pictures(36, seed=1), pictures(18, seed=2)
    loose, steady = (fit_texture(learn, NOTHING, recipe, 0) for recipe in (free, held))
    clips = torch.from_numpy(learn.spectrograms[:, None])
    assert straying(steady, clips) < straying(loose, clips)
    assert accuracy(logits_of(steady, valid), valid.labels) > 0.9


@pytest.mark.parametrize("architecture", sorted(FITS))
def test_every_network_that_is_fitted_at_once_takes_the_recipe_alone(architecture):
    arguments = {"banks": BANKS} if architecture == "texture" else {}
    recipe = replace(RECIPE, architecture=architecture, arguments=arguments)
    network = FITS[architecture](pictures(36, seed=1), recipe, 0, GTZAN_FRONT_END)
    assert not network.training


def test_plans_know_which_networks_are_fitted_at_once():
    assert set(AT_ONCE) == set(FITS)


def test_one_command_makes_a_model_of_it_that_loads(image_folder, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"members": [RECIPE.to_json()]}))
    options = ["--spectrograms", image_folder, "--train", image_folder / "train.txt", "--use-all"]
    options += ["--valid", image_folder / "valid.txt", "--recipe", recipe, "--name", "made-up-1"]
    outcome = CliRunner().invoke(
        main, [str(option) for option in [*options, "--out", tmp_path / "model"]], catch_exceptions=False
    )
    assert outcome.exit_code == 0, outcome.output
    classifier = load_classifier(tmp_path / "model")
    assert classifier.side_car.architecture.name == "texture"
    assert classifier.side_car.metrics["accuracy"] > 0.8
