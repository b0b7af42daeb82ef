"""Logistic regression on embeddings, and how strongly it is held back."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from musicai.models.backbone.head import Head

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_FOLDS = 4
_ITERATIONS = 100


def fit_logistic(head: Head, x: Tensor, y: Tensor, strength: float) -> None:
    """Fit a linear head: the least mean cross entropy plus ``strength / 2`` times the squared weights."""
    layer = head.layers[0]
    assert isinstance(layer, nn.Linear)  # noqa: S101  # a head without hidden layer
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(
        head.layers.parameters(), max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.cross_entropy(head(x), y) + strength / 2 * layer.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]


def choose_strength(x: Tensor, y: Tensor, genres: int, groups: NDArray[np.int64], seed: int) -> float:
    """Return the strength with the least log loss on rows of groups that were left out, in turn."""
    losses = np.zeros(len(STRENGTHS))
    for held in _folds(groups, seed):
        inside, outside = torch.from_numpy(~held), torch.from_numpy(held)
        head = Head(x.shape[1], genres)
        head.standardise_by(x[inside])
        for place, strength in enumerate(STRENGTHS):
            fit_logistic(head, x[inside], y[inside], strength)
            with torch.inference_mode():
                losses[place] += float(F.cross_entropy(head(x[outside]), y[outside], reduction="sum"))
    return STRENGTHS[int(losses.argmin())]


def _folds(groups: NDArray[np.int64], seed: int) -> list[NDArray[np.bool_]]:
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    parts = np.array_split(names, min(_FOLDS, len(names)))
    return [np.isin(groups, part) for part in parts] if len(parts) > 1 else []
