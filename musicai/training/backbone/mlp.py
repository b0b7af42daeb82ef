"""A head with a hidden layer, trained on embeddings."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from musicai.models.backbone.head import Head
from musicai.training.augmentation import one_cycle
from musicai.training.recipe import Recipe


def fit_mlp(head: Head, x: Tensor, y: Tensor, recipe: Recipe, seed: int) -> None:
    """Train a head for the recipe's epochs; the same seed gives the same weights."""
    random = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        head.layers.parameters(), lr=recipe.peak_rate, weight_decay=recipe.weight_decay
    )
    steps = recipe.epochs * -(-len(y) // recipe.batch)
    step = 0
    head.train()
    for _ in range(recipe.epochs):
        order = torch.randperm(len(y), generator=random)
        for first in range(0, len(y), recipe.batch):
            rows = order[first : first + recipe.batch]
            for group in optimiser.param_groups:
                group["lr"] = one_cycle(step, steps, recipe.peak_rate)
            loss = F.cross_entropy(head(x[rows]), y[rows], label_smoothing=recipe.label_smoothing)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            step += 1
    head.eval()
