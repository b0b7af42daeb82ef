"""Backbones of the transformers library: from a folder of theirs, or from the Hugging Face hub."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch

from musicai.errors import ConfigError, ModelError
from musicai.front_end import FrontEnd
from musicai.models.backbone.body import check_embedding
from musicai.models.backbone.hub_body import HubBody, transformers

CONFIG_FILE = "config.json"
"""Tells a folder of the transformers library."""
EXCERPT_S = 10.0
"""Seconds of an excerpt: what AST hears at once, and no more than a transformer can attend to."""


def load_hub_body(place: str) -> HubBody:
    """Load a network with its feature extractor.

    Weights are taken as safetensors only: other forms are pickles. Code that comes with a model is not run.

    Parameters
    ----------
    place: a folder, or the hub's name of a model, such as ``MIT/ast-finetuned-audioset-10-10-0.4593``.

    Raises
    ------
    ConfigError: it is not there, or the hub cannot be reached.
    ModelError: transformers is not installed, or the network makes no embeddings of sound.
    """
    library = transformers()
    try:
        network = library.AutoModel.from_pretrained(
            place, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
        )
        extractor = library.AutoFeatureExtractor.from_pretrained(place, trust_remote_code=False)
    except OSError as err:
        raise ConfigError(f"the backbone {place!r} cannot be had: {_first_line(err)}") from err
    except (ValueError, KeyError, TypeError, RuntimeError) as err:
        raise ModelError(f"the backbone {place!r} cannot be used: {_first_line(err)}") from err
    settings, config = _plain(extractor.to_dict()), _plain(network.config.to_dict())
    if "sampling_rate" not in settings:
        raise ModelError(
            f"the backbone {place!r} hears no sound: its feature extractor has no sampling rate"
        )
    body = HubBody(size=1, config=config, extractor=settings, network=network)
    with torch.inference_mode():
        size = check_embedding(body(torch.zeros(1, 1, 1, int(EXCERPT_S * body.rate))), 1, f"{place!r}")
    return HubBody(size=size, config=config, extractor=settings, network=network)


def front_end_of(body: HubBody) -> FrontEnd:
    """Return the front end of a body: the waveform at its rate."""
    return FrontEnd(
        kind="wave",
        sample_rate=body.rate,
        n_fft=1,
        hop_length=1,
        n_mels=1,
        f_min=0.0,
        f_max=body.rate / 2,
        excerpt_s=EXCERPT_S,
    )


def digest_of(body: HubBody) -> str:
    """Return the SHA-256 of the weights, whatever file they came from."""
    found = hashlib.sha256()
    for key, tensor in sorted(body.state_dict().items()):
        found.update(key.encode() + tensor.contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def is_hub_folder(path: Path) -> bool:
    """Whether a folder looks like one of the transformers library."""
    return (path / CONFIG_FILE).is_file()


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(value))
    except TypeError as err:
        raise ModelError(f"the settings of the backbone are no JSON: {err}") from err
    return plain


def _first_line(err: Exception) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0]
