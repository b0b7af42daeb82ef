"""`python -m musicai.training`: train a model into a folder, without a catalogue, as shipped ones are."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from musicai.training.hooks import Hooks
from musicai.training.plan import DEFAULT, read_plan
from musicai.training.request import TrainRequest
from musicai.training.run import train_model
from musicai.training.split_plan import SplitPlan

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--spectrograms", type=_FOLDER, required=True, help="Folder of GENRE/ID.png.")
@click.option("--train", "train_list", type=_FILE, required=True, help="Clips to learn from.")
@click.option("--valid", "valid_list", type=_FILE, required=True, help="Clips to measure and calibrate on.")
@click.option("--recipe", default=DEFAULT, help="Name of a recipe, or a JSON file.")
@click.option("--seed", type=int, default=0, help="Seed of the first network; the others count on.")
@click.option("--use-all", is_flag=True, help="Ship weights trained on both lists, measured without it.")
@click.option("--name", required=True, help="Name of the model.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the model.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder of checkpoints, to resume from.")
def main(*, spectrograms: Path, name: str, out: Path, work: Path | None, **options: Any) -> None:
    """Train a model from spectrograms and split lists, measure it, calibrate it, write its folder."""
    request = TrainRequest(
        name=name,
        data=(f"spectrograms:{spectrograms}",),
        plan=read_plan(options["recipe"]),
        split=SplitPlan.of_files({"train": options["train_list"], "valid": options["valid_list"]}),
        seed=options["seed"],
        use_all=options["use_all"],
    )
    with ExitStack() as stack:
        folder = work or Path(stack.enter_context(TemporaryDirectory()))
        outcome = train_model(request, folder, lambda: name, Hooks(say=click.echo))
        shutil.copytree(outcome.folder, out, dirs_exist_ok=True)
    click.echo(f"wrote {out} ({outcome.side_car.name}, {outcome.side_car.digest})")


if __name__ == "__main__":
    main()
