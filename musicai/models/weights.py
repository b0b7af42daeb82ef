"""Writing a model's folder."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import save
from torch import nn

from musicai.models.side_car import WEIGHTS_FILE, SideCar, write_side_car


def write_model(folder: Path, network: nn.Module, describe: Callable[[str], SideCar]) -> SideCar:
    """Write weights and side-car; `describe` makes the side-car from the weights' SHA-256."""
    content = save({key: tensor.contiguous() for key, tensor in network.state_dict().items()})
    side_car = describe(hashlib.sha256(content).hexdigest())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS_FILE).write_bytes(content)
    write_side_car(folder, side_car)
    return side_car
