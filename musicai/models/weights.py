"""Writing a model's folder."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import save
from torch import nn

from musicai.models.folder import new_folder
from musicai.models.side_car import WEIGHTS_FILE, SideCar, write_side_car


def write_model(folder: Path, network: nn.Module, describe: Callable[[str], SideCar]) -> SideCar:
    """Write weights and side-car; `describe` makes the side-car from the weights' SHA-256.

    Raises
    ------
    StateError: the folder exists already.
    ModelError: the disk is full; nothing is left of it.
    """
    content = save({key: tensor.contiguous() for key, tensor in network.state_dict().items()})
    side_car = describe(hashlib.sha256(content).hexdigest())
    with new_folder(folder) as part:
        (part / WEIGHTS_FILE).write_bytes(content)
        write_side_car(part, side_car)
    return side_car
