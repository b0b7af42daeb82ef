"""What `--backbone` names: a model of ours, an ONNX file, a program of torch.export."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicai.config import StorePlace
from musicai.errors import ConfigError, ModelError
from musicai.front_end import FrontEnd
from musicai.models.backbone.body import Body
from musicai.models.backbone.file_body import OPENERS, FileBody
from musicai.models.backbone.network import BackboneNetwork, build_body
from musicai.models.backbone.own import OwnBody
from musicai.models.folder import check_digest
from musicai.models.inference import read_weights
from musicai.models.side_car import ONNX, ONNX_FILE, SIDE_CAR_FILE, WEIGHTS_FILE, SideCar, read_side_car
from musicai.models.store import find, list_names
from musicai.training.backbone.description import Description, embedding_output, read_description
from musicai.training.backbone.hub import digest_of, front_end_of, is_hub_folder, load_hub_body
from musicai.training.evaluation.learned import data_of

_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_FORMS = {".onnx", ".pt2", ".safetensors", ".json", ".pt", ".bin"}
"""Last parts of names that are a file's, and not the hub's."""
SUFFIXES = {".onnx": "onnx", ".pt2": "exported"}


@dataclass(frozen=True)
class Backbone:
    """A frozen body, and what it hears with.

    Parameters
    ----------
    name: of the model or file that it comes from.
    kind: of the body.
    body: with its weights.
    front_end: with which it was trained; the new model has the same.
    origin: JSON for the side-car: file, SHA-256, terms.
    learned_from: what is known of the data that it was trained on.
    """

    name: str
    kind: str
    body: Body
    front_end: FrontEnd
    origin: Mapping[str, Any] = field(default_factory=dict)
    learned_from: str = ""

    @property
    def doubt(self) -> str:
        """What must stand beside figures on held-out tracks: nobody can split what was learned before."""
        told = (
            f"learned from {self.learned_from}"
            if self.learned_from
            else "does not say what it learned from"
        )
        return f"the backbone {self.name} {told}: if that was held out here, the figures are too good"

    @property
    def arguments(self) -> dict[str, Any]:
        """The body's arguments, for the side-car of a model that is built on it."""
        return {"kind": self.kind, **self.body.arguments}

    @property
    def digest(self) -> str:
        """SHA-256 that changes with the weights, and with how they are asked for an embedding."""
        text = json.dumps([self.origin.get("sha256"), self.arguments, self.front_end.digest], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def network(self, genres: int, head: Mapping[str, Any]) -> BackboneNetwork:
        """Return a network of this body and a fresh head."""
        return BackboneNetwork.on(self.body, self.arguments, genres, head)


def open_backbone(text: str, store: StorePlace | None = None) -> Backbone:
    """Open what a person named as a backbone. Nothing is ever unpickled.

    Parameters
    ----------
    text: a model's folder, its weights or its name; an .onnx or a .pt2 file with its description beside
        it; a folder of the transformers library, or ORG/NAME of the Hugging Face hub.
    store: where models have names.

    Raises
    ------
    ConfigError: there is no such file, or nothing says what it hears with.
    ModelError: it is damaged, is not what it should be, or has no embeddings.
    """
    path = Path(text).expanduser()
    if not path.exists():
        is_hub = _HUB.fullmatch(text) and path.suffix.lower() not in _FORMS
        return _of_hub(text, text) if is_hub else _of_model(_named(text, store))
    if path.is_dir() or path.name in (WEIGHTS_FILE, ONNX_FILE, SIDE_CAR_FILE):
        folder = path if path.is_dir() else path.parent
        if (folder / SIDE_CAR_FILE).exists():
            return _of_model(folder)
    if path.is_dir() and is_hub_folder(path):
        return _of_hub(str(path), path.name)
    if path.is_dir():
        raise ConfigError(f"{path} is no model's folder: it holds no {SIDE_CAR_FILE}")
    if path.suffix in SUFFIXES:
        return _of_file(SUFFIXES[path.suffix], path, _bytes(path), read_description(path))
    if path.suffix == ".safetensors":
        raise ConfigError(
            f"{path} holds weights and no network: call it {WEIGHTS_FILE}, and lay the side-car "
            f"{SIDE_CAR_FILE} of its model beside it"
        )
    raise ModelError(
        f"{path} is no backbone that can be opened: a model's folder, an .onnx or a .pt2 file is wanted"
    )


def _named(text: str, store: StorePlace | None) -> Path:
    """Return the folder of a model of that name."""
    if store is not None and text in list_names(store):
        return find(text, store)
    raise ConfigError(
        f"there is no backbone {text!r}: name a model, a folder, a file or ORG/NAME of the hub"
    )


def _of_model(folder: Path) -> Backbone:
    side_car = read_side_car(folder)
    if side_car.front_end.picture_size is not None:
        raise ModelError(f"model {side_car.name} sees pictures; a backbone must see spectrograms")
    if side_car.architecture.name == ONNX:
        return _of_imported(folder, side_car)
    weights, n_mels = read_weights(folder, side_car), side_car.front_end.n_mels
    architecture = side_car.architecture
    body: Body
    if architecture.name == "backbone":
        described = dict(architecture.arguments["body"])
        body = build_body(described, n_mels)
        body.load_state_dict(
            {
                key.removeprefix("body."): tensor
                for key, tensor in weights.items()
                if key.startswith("body.")
            }
        )
        kind = str(described["kind"])
    else:
        body = OwnBody(
            n_mels,
            architecture=architecture.name,
            arguments=architecture.arguments,
            genres=len(side_car.genres),
        )
        body.take_weights(weights)
        kind = "own"
    origin, learned_from = _origin_of(side_car), data_of(side_car.data)
    return Backbone(side_car.name, kind, body, side_car.front_end, origin, learned_from)


def _of_imported(folder: Path, side_car: SideCar) -> Backbone:
    content = _bytes(folder / ONNX_FILE)
    check_digest(folder / ONNX_FILE, hashlib.sha256(content).hexdigest(), side_car)
    told = side_car.architecture.arguments
    description = Description(
        side_car.front_end,
        axes=told["axes"],
        patch=told["patch_frames"],
        hop=told["hop_frames"],
        genres_output=told["output"],
    )
    backbone = _of_file("onnx", folder / ONNX_FILE, content, description)
    return Backbone(side_car.name, "onnx", backbone.body, side_car.front_end, _origin_of(side_car))


def _of_file(kind: str, path: Path, content: bytes, description: Description) -> Backbone:
    file = OPENERS[kind](content, str(path))
    layout = description.layout(file.source)
    output, size = embedding_output(file, layout, description)
    body = FileBody(
        kind,
        length=len(content),
        size=size,
        output=output,
        axes=layout.axes,
        patch_frames=layout.patch_frames,
        hop_frames=layout.hop_frames,
        batch=layout.batch,
    )
    body.take_content(content)
    origin = {"file": path.name, "sha256": hashlib.sha256(content).hexdigest(), "terms": description.terms}
    return Backbone(path.stem, kind, body, description.front_end, origin)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise ModelError(f"the backbone {file} cannot be read: {err.strerror}") from err


def _of_hub(place: str, name: str) -> Backbone:
    body = load_hub_body(place)
    origin = {"hub": name, "sha256": digest_of(body)}
    return Backbone(name, "hub", body, front_end_of(body), origin)


def _origin_of(side_car: SideCar) -> dict[str, Any]:
    return {"model": side_car.name, "sha256": side_car.weights_sha256, "terms": side_car.terms}
