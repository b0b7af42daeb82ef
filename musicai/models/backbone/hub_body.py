"""An audio network of the transformers library as a backbone: Wav2Vec2, HuBERT, MERT's kin, AST.

It hears the waveform (front end ``wave``); its own feature extractor makes of it what it learned from.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from musicai.errors import ModelError
from musicai.models.backbone.body import Body

_INSTALL = "pip install 'musicai[hub]'"


class HubBody(Body):
    """Waveforms through a transformer; an embedding is the mean of its last layer over time.

    Parameters
    ----------
    size: numbers of an embedding.
    config: settings of the network, as its ``config.json``.
    extractor: settings of its feature extractor, as its ``preprocessor_config.json``.
    """

    def __init__(
        self, *, size: int, config: Mapping[str, Any], extractor: Mapping[str, Any], network: Any = None
    ) -> None:
        super().__init__()
        self.arguments = {"size": size, "config": dict(config), "extractor": dict(extractor)}
        self.size = size
        self.rate = int(extractor["sampling_rate"])
        self._extractor = make_extractor(extractor)
        self.network = network or _make_network(config)
        self.train(mode=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, 1, samples) to embeddings (B, size)."""
        sounds = list(x[:, 0, 0].float().numpy())
        features = self._extractor(sounds, sampling_rate=self.rate, return_tensors="pt")
        try:
            last: Tensor = self.network(**features).last_hidden_state  # (B, T, size)
        except (RuntimeError, TypeError, ValueError, AttributeError) as err:
            reason = (str(err).splitlines() or [""])[0]
            raise ModelError(f"the backbone makes no embeddings of {tuple(x.shape)}: {reason}") from err
        return last.float().mean(dim=1)


def transformers() -> ModuleType:
    """Return the library; ModelError says how to install it."""
    import importlib  # noqa: PLC0415  # seconds that nobody else should wait for

    try:
        found = importlib.import_module("transformers")
        found.utils.logging.disable_progress_bar()
    except ImportError as err:
        raise ModelError(f"this backbone needs the library transformers: {_INSTALL}") from err
    return found


def make_extractor(settings: Mapping[str, Any]) -> Any:
    """Return a feature extractor of the library's own; ModelError when the settings name another thing."""
    library, name = transformers(), str(settings.get("feature_extractor_type", ""))
    kind: Any = getattr(library, name, None) if name.endswith("FeatureExtractor") else None
    is_one = isinstance(kind, type) and issubclass(kind, library.SequenceFeatureExtractor)
    if not is_one:
        raise ModelError(f"the backbone's feature extractor {name!r} is none of the transformers library's")
    try:
        return kind.from_dict(dict(settings))
    except (TypeError, ValueError) as err:
        raise ModelError(f"the backbone's feature extractor cannot be made: {err}") from err


def _make_network(config: Mapping[str, Any]) -> torch.nn.Module:
    """Return a network with fresh weights. Code that comes with a model is never run."""
    library, settings = transformers(), dict(config)
    try:
        made = library.AutoConfig.for_model(settings.pop("model_type"), **settings)
        network: torch.nn.Module = library.AutoModel.from_config(made, trust_remote_code=False)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise ModelError(f"the backbone's network cannot be made: {err}") from err
    return network
