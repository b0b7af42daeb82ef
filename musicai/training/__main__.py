"""`python -m musicai.training`: train a model from spectrogram images and split lists."""

import json
from pathlib import Path
from typing import Any

import click
import torch

from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END, FrontEnd
from musicai.training.experiment import run
from musicai.training.plan import Experiment
from musicai.training.recipe import Recipe

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--spectrograms", type=_FOLDER, required=True, help="Folder of GENRE/ID.png.")
@click.option("--train", "train_list", type=_FILE, required=True, help="Clips to learn from.")
@click.option("--valid", "valid_list", type=_FILE, required=True, help="Clips to measure and calibrate on.")
@click.option("--recipe", type=_FILE, help="JSON: members, familiar, front_end, data_set, terms.")
@click.option("--seed", type=int, default=0, help="Seed of the first network; the others count on.")
@click.option("--use-all", is_flag=True, help="Ship weights trained on both lists, measured without it.")
@click.option("--name", required=True, help="Name of the model.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the model.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder of checkpoints, to resume from.")
def main(recipe: Path | None, seed: int, **options: Any) -> None:  # click passes them by name
    """Train a model from spectrogram images and split lists, measure it, calibrate it, write its folder."""
    torch.set_num_threads(1)  # small networks gain nothing from more, and results stay the same anywhere
    experiment = Experiment(first_seed=seed, **_read_recipe(recipe), **options)
    side_car = run(experiment, click.echo)
    click.echo(f"wrote {experiment.out} ({side_car.name}, {side_car.digest})")


def _read_recipe(file: Path | None) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text("utf-8")) if file else {}
        return {
            "front_end": FrontEnd.from_json({**GTZAN_FRONT_END.to_json(), **value.get("front_end", {})}),
            "recipes": tuple(Recipe.from_json(member) for member in value.get("members", [{}])),
            "familiar": value.get("familiar"),
            "data_set": value.get("data_set", ""),
            "terms": value.get("terms", ""),
        }
    except (ValueError, TypeError, AttributeError) as err:
        raise ConfigError(f"the recipe {file} cannot be used: {err}") from err


if __name__ == "__main__":
    main()
