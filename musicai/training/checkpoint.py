"""The state of an unfinished run on disk. Tensors and numbers only: nothing is ever unpickled."""

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError  # nosec B403  # the name of torch's refusal, nothing is loaded with it
from typing import Any

import torch
from torch import Tensor, nn

from musicai.errors import StateError, TrainingError
from musicai.training.epoch_report import EpochReport
from musicai.training.recipe import Recipe
from musicai.whole_file import replacing


@dataclass
class Partial:
    """The part of an epoch that is done when a run is stopped in its middle.

    Parameters
    ----------
    batches: how many are done.
    losses: of these batches.
    right, seen: clips that were told right, and clips, so far.
    seconds: time so far.
    dropout, random: states of torch's own random numbers and of the epoch's.
    """

    batches: int
    losses: list[float]
    right: int
    seen: int
    seconds: float
    dropout: Tensor
    random: Tensor


@dataclass
class Progress:
    """What a run changes as it goes."""

    network: nn.Module
    average: torch.optim.swa_utils.AveragedModel | None
    optimiser: torch.optim.Optimizer
    epoch: int
    """Epochs that are done."""
    history: list[EpochReport] = field(default_factory=list)
    """Of each epoch that is done."""
    partial: Partial | None = None
    data: str = ""
    """Digest of what the network learns from: a run must not go on with something else."""

    @property
    def kept(self) -> nn.Module:
        """The network that the run gives: the moving average, or the last weights where there is none."""
        network: nn.Module = self.network if self.average is None else self.average.module
        return network


def save(file: Path, progress: Progress, recipe: Recipe, seed: int) -> None:
    """Write the state; a crash in the middle, or a full disk, leaves the former one.

    Raises
    ------
    TrainingError: it cannot be written.
    """
    content = io.BytesIO()
    torch.save(_state(progress, recipe, seed), content)
    try:
        with replacing(file) as part:
            part.write_bytes(content.getbuffer())
    except OSError as err:
        raise TrainingError(
            f"the checkpoint {file} cannot be written after epoch {progress.epoch} ({err.strerror}); "
            "the former one is as it was: make room and start the run again, it goes on from there"
        ) from err


def restore(file: Path, progress: Progress, recipe: Recipe, seed: int) -> None:
    """Read the state into `progress`, when there is one; StateError when another run wrote it."""
    if not file.exists():
        return
    try:
        state = torch.load(file, weights_only=True)
        other = _foreign(state, progress, recipe, seed)
    except (OSError, RuntimeError, UnpicklingError, EOFError, TypeError, KeyError) as err:
        raise StateError(f"the checkpoint {file} cannot be read ({err}); delete it to begin anew") from err
    if other:
        raise StateError(f"the checkpoint {file} belongs to another {other}; delete it to begin anew")
    progress.network.load_state_dict(state["network"])
    if progress.average is not None:
        progress.average.load_state_dict(state["average"])
    progress.optimiser.load_state_dict(state["optimiser"])
    progress.epoch = state["epoch"]
    progress.history = [EpochReport(**row) for row in state.get("history", [])]
    progress.partial = Partial(**state["partial"]) if state.get("partial") else None


def _foreign(state: dict[str, Any], progress: Progress, recipe: Recipe, seed: int) -> str:
    """Return what a state was written with that this run has not; empty when it is of this run."""
    if Recipe.from_json(state["recipe"]) != recipe:
        return "recipe"
    if state["seed"] != seed:
        return "seed"
    if state.get("data", progress.data) != progress.data:  # earlier versions did not say
        return "set of data (other files, or other sounds or pictures in files of the same names)"
    return ""


def _state(progress: Progress, recipe: Recipe, seed: int) -> dict[str, Any]:
    return {
        "recipe": recipe.to_json(),
        "seed": seed,
        "data": progress.data,
        "epoch": progress.epoch,
        "network": progress.network.state_dict(),
        "average": progress.average.state_dict() if progress.average is not None else None,
        "optimiser": progress.optimiser.state_dict(),
        "history": [row.to_json() for row in progress.history],
        "partial": asdict(progress.partial) if progress.partial else None,
    }
