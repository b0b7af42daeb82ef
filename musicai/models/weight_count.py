"""How many numbers a file of weights holds, without loading it."""

import json
import math
from pathlib import Path

_LARGEST_HEADER = 100_000_000


def count_parameters(weights: Path) -> int | None:
    """Return how many numbers a safetensors file holds, from its header alone; None when it has none.

    The format: eight bytes with the length of a JSON object, then that object: a shape for each tensor.
    """
    try:
        with weights.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length <= _LARGEST_HEADER else {}
    except (OSError, ValueError):
        return None
    tensors = header.values() if isinstance(header, dict) else ()
    shapes = [tensor["shape"] for tensor in tensors if "shape" in tensor]
    return sum(math.prod(shape) for shape in shapes) or None
