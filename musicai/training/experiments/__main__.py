"""`python -m musicai.training.experiments`: the heavy half of `musicai experiments run`.

Prints a JSON object per line: ``{"event": "epoch", "number": 1, ...}`` after each epoch, and
``{"event": "done", "number": 1, ...}`` for each finished row.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click
import torch

from musicai.errors import MusicAIError
from musicai.training.epoch_report import EpochReport
from musicai.training.experiments.file import read_experiments
from musicai.training.experiments.perform import Events, perform, prepare
from musicai.training.experiments.result import Result


@click.command()
@click.argument("file")
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--size", type=int)
@click.option("--only")
def main(file: str, data: Path, out: Path, size: int | None, only: str | None) -> None:
    """Run experiments one after the other."""
    torch.set_num_threads(1)  # results stay the same anywhere
    try:
        experiments = read_experiments(file).at_size(size)
        numbers = experiments.numbers(only)
        sides = prepare(experiments, data)
        for number in numbers:
            perform(experiments, number, sides, out, Events(_epoch, _done))
    except MusicAIError as err:
        sys.stderr.write(f"{err}\n")
        sys.exit(err.exit_status)


def _say(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value))


def _epoch(number: int, row: EpochReport) -> None:
    _say({"event": "epoch", "number": number, **row.to_json()})


def _done(result: Result) -> None:
    value = result.to_json()
    del value["history"]
    _say({"event": "done", **value})


if __name__ == "__main__":
    main()
