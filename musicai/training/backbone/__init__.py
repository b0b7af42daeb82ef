"""Transfer learning: a frozen backbone makes embeddings, and a new head learns from them.

    backbone = open_backbone("discogs.onnx")
    network = fit_backbone(data, recipe, seed, backbone)     # an `nn.Module` like any other

or in parts:

    embeddings = embed(backbone, data)                       # float32 (rows, size)
    head = fit_head(embeddings, data.labels, data.genres, recipe, seed)
"""

from musicai.training.backbone.fit import embed, fit_backbone, fit_head
from musicai.training.backbone.opening import Backbone, open_backbone

__all__ = ["Backbone", "embed", "fit_backbone", "fit_head", "open_backbone"]
