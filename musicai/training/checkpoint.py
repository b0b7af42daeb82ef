"""The state of an unfinished run on disk. Tensors and numbers only: nothing is ever unpickled."""

import os
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError  # the name of torch's refusal, nothing is loaded with it

import torch
from torch import nn

from musicai.errors import StateError
from musicai.training.recipe import Recipe


@dataclass
class Progress:
    """What a run changes as it goes."""

    network: nn.Module
    average: torch.optim.swa_utils.AveragedModel
    optimiser: torch.optim.Optimizer
    epoch: int
    """Epochs that are done."""


def save(file: Path, progress: Progress, recipe: Recipe, seed: int) -> None:
    """Write the state; a crash in the middle leaves the former one."""
    state = {
        "recipe": recipe.to_json(),
        "seed": seed,
        "epoch": progress.epoch,
        "network": progress.network.state_dict(),
        "average": progress.average.state_dict(),
        "optimiser": progress.optimiser.state_dict(),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, file)  # noqa: PTH105  # atomic on every system


def restore(file: Path, progress: Progress, recipe: Recipe, seed: int) -> None:
    """Read the state into `progress`, when there is one; StateError when another run wrote it."""
    if not file.exists():
        return
    try:
        state = torch.load(file, weights_only=True)
    except (OSError, RuntimeError, UnpicklingError, EOFError) as err:
        raise StateError(f"the checkpoint {file} cannot be read ({err}); delete it to begin anew") from err
    if (state["recipe"], state["seed"]) != (recipe.to_json(), seed):
        raise StateError(
            f"the checkpoint {file} belongs to another recipe or seed; delete it to begin anew"
        )
    progress.network.load_state_dict(state["network"])
    progress.average.load_state_dict(state["average"])
    progress.optimiser.load_state_dict(state["optimiser"])
    progress.epoch = state["epoch"]
