"""The report's linear layer: dropout, batch norm, weights, in that order."""

from torch import nn


def dense(inputs: int, outputs: int, *, dropout: float, batch_norm: bool) -> list[nn.Module]:
    """Return the modules of one linear layer, (B, inputs) to (B, outputs).

    Parameters
    ----------
    dropout: share of the inputs that training hides; 0 leaves the module out.
    batch_norm: whether a batch norm follows the dropout.
    """
    modules: list[nn.Module] = [nn.Dropout(dropout)] if dropout else []
    if batch_norm:
        modules.append(nn.BatchNorm1d(inputs))
    return [*modules, nn.Linear(inputs, outputs)]
