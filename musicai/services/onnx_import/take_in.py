"""Import of an ONNX file: its model becomes a model like any other, with a side-car and a row."""

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai import __version__
from musicai.config import Settings
from musicai.errors import ConfigError, ModelError
from musicai.front_end import FRONT_ENDS, FrontEnd
from musicai.models.onnx_file import open_onnx
from musicai.models.side_car import ONNX, ONNX_FILE, Architecture, Calibration, SideCar, write_side_car
from musicai.services.actor import current_actor
from musicai.services.onnx_import.examine import Wishes, arguments_of
from musicai.services.onnx_import.labels import read_labels
from musicai.services.registry.placing import Origin, place_model
from musicai.states import ModelEventKind

DEFAULT_THRESHOLD = 0.5
_LARGEST = 2_000_000_000
"""Bytes; a protocol buffer cannot be larger."""


@dataclass(frozen=True)
class ImportRequest:
    """What `musicai models import` was asked.

    Parameters
    ----------
    file: the ONNX file.
    labels: file of its genres.
    front_end: name of a front end, or a file with its settings.
    name: of the model; None: that of the file.
    threshold: confidence below which it says unknown; None: a half.
    terms: what its licence allows.
    """

    file: Path
    labels: Path
    front_end: str
    name: str | None = None
    threshold: float | None = None
    terms: str = ""
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True)
class ImportView:
    """What was imported.

    Parameters
    ----------
    name: what it is called.
    genres: how many it tells apart.
    front_end: kind of its front end.
    axes: layout of its input.
    patch_frames: frames of a patch; None: an excerpt is one patch.
    hop_frames: from one patch to the next.
    output: the output that holds the genres.
    activation: what is done to that output.
    threshold: confidence below which it says unknown.
    warnings: what nobody said and had to be assumed.
    """

    name: str
    genres: int
    front_end: str
    axes: str
    patch_frames: int | None
    hop_frames: int
    output: str
    activation: str
    threshold: float
    warnings: Sequence[str]


def import_onnx(engine: Engine, settings: Settings, request: ImportRequest) -> ImportView:
    """Examine an ONNX file and put its model into store and catalogue; it is not active yet.

    Raises
    ------
    ConfigError: an option, the labels or the front end cannot be used.
    ModelError: the file is no ONNX, leads elsewhere, or does not fit labels and front end.
    StateError: another model has the name.
    """
    content = _read(request.file)
    genres, front_end = read_labels(request.labels), read_front_end(request.front_end)
    arguments = arguments_of(open_onnx(content, str(request.file)), front_end, len(genres), request.wishes)
    side_car = _describe(request, content, genres, front_end, arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / side_car.name
        folder.mkdir()
        (folder / ONNX_FILE).write_bytes(content)
        write_side_car(folder, side_car)
        origin = Origin(current_actor(), {"file": request.file.name}, ModelEventKind.IMPORTED)
        model = place_model(engine, settings, folder, origin, keep_name=True).model
    return _view(model.name, side_car, arguments, _warnings(request, arguments))


def read_front_end(text: str) -> FrontEnd:
    """Return a front end by its name, or from a JSON file: its settings, or a side-car that has some."""
    if text in FRONT_ENDS:
        return FRONT_ENDS[text]
    file = Path(text).expanduser()
    try:
        value = json.loads(file.read_text("utf-8"))
    except OSError as err:
        named = ", ".join(FRONT_ENDS)
        raise ConfigError(f"front end {text!r} is neither {named} nor a file: {err.strerror}") from err
    except ValueError as err:
        raise ConfigError(f"the front end {file} is no JSON: {err}") from err
    value = value.get("front_end", value) if isinstance(value, dict) else value
    if not isinstance(value, dict):
        raise ConfigError(f"the front end {file} must be a JSON object of settings")
    front_end = FrontEnd.from_json(value)
    if front_end.picture_size is not None:
        raise ConfigError(
            f"the front end {file} draws pictures: only models of spectrograms can be imported"
        )
    return front_end


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST:
            raise ModelError(f"{file} is larger than an ONNX file can be")
        return file.read_bytes()
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}") from err


def _describe(
    request: ImportRequest,
    content: bytes,
    genres: tuple[str, ...],
    front_end: FrontEnd,
    arguments: dict[str, Any],
) -> SideCar:
    threshold = DEFAULT_THRESHOLD if request.threshold is None else request.threshold
    return SideCar(
        name=request.name or _name_of(request.file),
        architecture=Architecture(ONNX, arguments),
        front_end=front_end,
        genres=genres,
        calibration=Calibration(1.0, threshold, None, None, "not calibrated"),
        weights_sha256=hashlib.sha256(content).hexdigest(),
        data={"imported_from": request.file.name},
        code_version=__version__,
        terms=request.terms,
    )


def _name_of(file: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._")[:55] or "imported"


def _warnings(request: ImportRequest, arguments: dict[str, Any]) -> list[str]:
    warnings = []
    if request.threshold is None:
        warnings.append(
            f"nobody calibrated it: its confidences are its own, and it says unknown below "
            f"{DEFAULT_THRESHOLD} (--threshold)"
        )
    if request.wishes.activation is None and arguments["activation"] == "none":
        warnings.append("its outputs lie from 0 to 1 and are taken as probabilities")
    elif request.wishes.activation is None:
        warnings.append(
            "its outputs are no probabilities: softmax is applied, which is wrong where several labels may "
            "be true at once (--activation sigmoid)"
        )
    return warnings


def _view(name: str, side_car: SideCar, arguments: dict[str, Any], warnings: list[str]) -> ImportView:
    shown = {key: arguments[key] for key in ("axes", "patch_frames", "hop_frames", "output", "activation")}
    return ImportView(
        name=name,
        genres=len(side_car.genres),
        front_end=side_car.front_end.kind,
        threshold=side_car.threshold,
        warnings=warnings,
        **shown,
    )
