"""Embeddings of a data set, and the head that learns from them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musicai.errors import ConfigError, StoppedError
from musicai.models.backbone.head import Head
from musicai.models.backbone.memory import Memory
from musicai.models.backbone.network import BackboneNetwork
from musicai.training.backbone.logistic import choose_strength, fit_logistic
from musicai.training.backbone.mlp import fit_mlp
from musicai.training.backbone.opening import Backbone
from musicai.training.dataset import Dataset
from musicai.training.recipe import Recipe

_ROWS_AT_ONCE = 16
_SAVED_EVERY = 256
HEAD = ("hidden", "dropout")
"""What a recipe's arguments may say about the head."""


def fit_backbone(
    data: Dataset,
    recipe: Recipe,
    seed: int,
    backbone: Backbone,
    memory: Memory | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> BackboneNetwork:
    """Train a new head on a frozen backbone; the network answers like any other.

    Parameters
    ----------
    data: spectrograms of the backbone's own front end.
    recipe: architecture ``backbone``; its arguments are the head's: ``hidden`` and ``dropout``.
    memory: keeps embeddings; the network keeps it, so that measuring it costs them no second time.

    Raises
    ------
    ConfigError: the recipe asks for what a head does not have.
    ModelError: the data are not what the backbone hears, or it gives no embeddings.
    StoppedError: `should_stop` said so; the embeddings that were made are kept.
    """
    memory = memory or Memory()
    embeddings = embed(backbone, data, memory, should_stop=should_stop)
    head = fit_head(embeddings, data.labels, data.genres, recipe, seed, tracks=data.tracks)
    network = backbone.network(len(data.genres), _head_arguments(recipe))
    network.head.load_state_dict(head.state_dict())
    network.memory = memory
    return network.requires_grad_(requires_grad=False).eval()


def embed(
    backbone: Backbone,
    data: Dataset,
    memory: Memory | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> NDArray[np.float32]:
    """Return the embeddings of all rows, float32, shape (rows, size); each is made once."""
    if data.picture_size is not None or data.spectrograms.shape[1] != backbone.front_end.n_mels:
        raise ConfigError(
            f"the backbone {backbone.name} hears {backbone.front_end.n_mels} bands, and the data have "
            f"{data.spectrograms.shape[1:]}: they must be made with its own front end"
        )
    memory = memory or Memory()
    memory.made_by = backbone.digest
    backbone.body.fold()
    parts = []
    with torch.inference_mode():
        for first in range(0, len(data), _ROWS_AT_ONCE):
            rows = torch.from_numpy(data.spectrograms[first : first + _ROWS_AT_ONCE])
            parts.append(memory.embed(backbone.body, rows[:, None]))
            if first % _SAVED_EVERY == 0:
                memory.save()
            if should_stop is not None and should_stop():
                memory.save()
                raise StoppedError(f"stopped after {first + len(rows)} of {len(data)} embeddings")
    memory.save()
    embeddings: NDArray[np.float32] = torch.cat(parts).numpy()
    return embeddings


def fit_head(
    embeddings: NDArray[np.float32],
    labels: NDArray[np.int64],
    genres: Sequence[str],
    recipe: Recipe,
    seed: int,
    *,
    tracks: NDArray[np.int64] | None = None,
) -> Head:
    """Train a head on embeddings.

    Without a hidden layer it is a logistic regression, whose strength of regularisation is chosen by
    cross-validation; with one it is trained with the recipe's epochs, rate, decay and smoothing.

    Parameters
    ----------
    embeddings: float32, shape (N, size).
    labels: int64, shape (N,), index into `genres`.
    tracks: int64, shape (N,), which track a row belongs to: no track stands on both sides when the
        strength is chosen. None: each row is a track.
    """
    arguments = _head_arguments(recipe)
    torch.manual_seed(seed)
    head = Head(embeddings.shape[1], len(genres), **arguments)
    x, y = torch.from_numpy(embeddings), torch.from_numpy(labels)
    head.standardise_by(x)
    if arguments.get("hidden"):
        fit_mlp(head, x, y, recipe, seed)
    else:
        groups = np.arange(len(labels)) if tracks is None else tracks
        fit_logistic(head, x, y, choose_strength(x, y, len(genres), groups, seed))
    return head.requires_grad_(requires_grad=False).eval()


def _head_arguments(recipe: Recipe) -> dict[str, Any]:
    if unknown := sorted(set(recipe.arguments) - set(HEAD)):
        raise ConfigError(
            f"the head of a backbone has no {', '.join(unknown)}; it has {' and '.join(HEAD)}"
        )
    return dict(recipe.arguments)
