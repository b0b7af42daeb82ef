"""How many cores a process computes on."""

import numpy as np  # noqa: F401  # only a library that is loaded can be told
import torch
from threadpoolctl import threadpool_limits


def use_threads(count: int) -> None:
    """Let torch compute on `count` cores, and numpy on one.

    numpy's products are too small to be shared: its BLAS would take all cores for each, and where another
    process has one of them, 28 ms instead of 1 for the clip.
    """
    torch.set_num_threads(count)
    threadpool_limits(1, user_api="blas")
