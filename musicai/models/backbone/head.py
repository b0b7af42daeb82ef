"""The head of a backbone: the part that is trained."""

import torch
from torch import Tensor, nn

_LEAST_STD = 1e-6


class Head(nn.Module):
    """Standardises embeddings, then one linear layer, or two with a rectifier between.

    Parameters
    ----------
    size: numbers of an embedding.
    genres: number of genres.
    hidden: width of the layer between; 0: there is none, and the head is a logistic regression.
    dropout: share of its values that training hides.
    """

    def __init__(self, size: int, genres: int, *, hidden: int = 0, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))
        if hidden:
            self.layers = nn.Sequential(
                nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, genres)
            )
        else:
            self.layers = nn.Sequential(nn.Linear(size, genres))

    def standardise_by(self, embeddings: Tensor) -> None:
        """Take mean and deviation of embeddings (N, size); what never varies stays as it is."""
        std, mean = torch.std_mean(embeddings.double(), dim=0, correction=0)
        self.get_buffer("mean").copy_(mean)
        self.get_buffer("std").copy_(torch.where(std > _LEAST_STD, std, torch.ones_like(std)))

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, size) to logits (B, genres)."""
        standardised = (embeddings - self.get_buffer("mean")) / self.get_buffer("std")
        logits: Tensor = self.layers(standardised)
        return logits
