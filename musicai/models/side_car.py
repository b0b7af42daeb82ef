"""The JSON beside a model's weights: everything that one must know to use it and to trust it."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from musicai.errors import ModelError
from musicai.front_end import FrontEnd

FORMAT = 1
SIDE_CAR_FILE = "model.json"
WEIGHTS_FILE = "model.safetensors"
ONNX_FILE = "model.onnx"
CARD_FILE = "CARD.md"
ONNX = "onnx"
"""The architecture of imported models: what it is stands in the file of the weights."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CHANNELS = 3
_MOST_BYTES = 16_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DECIDING = ("weights_sha256", "genres", "architecture", "front_end", "normalisation")


@dataclass(frozen=True)
class Architecture:
    """Which network the weights belong to: its name in the registry and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Any) -> "Architecture":
        """Read a JSON value; ModelError when it names no network."""
        part: Architecture = _part(value, cls)
        if not isinstance(part.name, str) or not isinstance(part.arguments, Mapping):
            raise ModelError(
                "side-car: architecture must have a name that is text, and an object of arguments, "
                f"not {value!r}"
            )
        return part


@dataclass(frozen=True)
class Normalisation:
    """What is taken off the input, and what it is then divided by, before the network sees it.

    One number each for all; or three, one per channel (red, green, blue; levels 0..1) of a picture.
    """

    mean: float | tuple[float, ...] = 0.0
    std: float | tuple[float, ...] = 1.0

    @classmethod
    def from_json(cls, value: Any) -> "Normalisation":
        """Read a JSON value: lists are the channels'."""
        part = _part(value, cls)
        return cls(_channels(part.mean, "mean"), _channels(part.std, "std"))


@dataclass(frozen=True)
class Calibration:
    """How confidences were made honest.

    Parameters
    ----------
    temperature: what logits are divided by before the softmax.
    threshold: confidence below which the answer is "unknown".
    precision: share of right answers among those at or above the threshold, measured on `data`.
    coverage: share of clips at or above the threshold, measured on `data`. Both are None where nobody did.
    data: what was held out to measure this.
    """

    temperature: float
    threshold: float
    precision: float | None
    coverage: float | None
    data: str


@dataclass(frozen=True)
class SideCar:
    """What `model.json` says.

    Parameters
    ----------
    name: the model's name, also that of its folder.
    architecture, front_end, normalisation, calibration: how scores come about.
    genres: names, in the order of the network's outputs.
    weights_sha256: digest of `model.safetensors`, or of `model.onnx` where that was imported.
    data: what it was trained on; SHA-256 of the split lists.
    metrics: figures on held-out data, with their number of clips.
    training: recipe and seeds.
    code_version: version of MusicAI that trained it, with a digest of its sources.
    terms: what the training data allows.
    """

    name: str
    architecture: Architecture
    front_end: FrontEnd
    genres: tuple[str, ...]
    calibration: Calibration
    weights_sha256: str
    normalisation: Normalisation = Normalisation()
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    code_version: str = ""
    terms: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ModelError(f"model name must be small letters, digits, '.', '_', '-', not {self.name!r}")
        if len(self.genres) < 2 or len(set(self.genres)) < len(self.genres):
            raise ModelError(f"model {self.name}: needs two or more different genres, not {self.genres}")
        if not _SHA256.fullmatch(self.weights_sha256):
            raise ModelError(f"model {self.name}: weights_sha256 must be 64 hexadecimal digits")
        _check_ranges(self.name, self.calibration)
        _check_normalisation(self.name, self.normalisation, self.front_end)

    @property
    def weights_file(self) -> str:
        """Name of the file of the weights, beside the side-car."""
        return ONNX_FILE if self.architecture.name == ONNX else WEIGHTS_FILE

    @property
    def threshold(self) -> float:
        """Confidence below which the answer is "unknown"."""
        return self.calibration.threshold

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change with the weights and with anything said here."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def answers_digest(self) -> str:
        """SHA-256 of all that decides the answers: weights, genres, network, input, temperature, threshold.

        Other words about the model leave it as it is; so does a store of JSON that writes 1.0 as 1.
        """
        value = self.to_json()
        deciding = {name: value[name] for name in _DECIDING}
        calibration = self.calibration.temperature, self.calibration.threshold
        text = json.dumps(_plain_numbers([deciding, calibration]), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        value = {"format": FORMAT, **asdict(self)}
        return {**value, "front_end": self.front_end.to_json(), "genres": list(self.genres)}

    @classmethod
    def from_json(cls, value: Any) -> "SideCar":  # whatever the file held
        """Read a JSON value; ModelError says what is wrong with it."""
        if not isinstance(value, dict):
            raise ModelError("a side-car must be a JSON object")
        if "format" not in value:
            raise ModelError("is no side-car of MusicAI: copy the model again, or take its folder away")
        if value["format"] != FORMAT:
            raise ModelError(f"side-car format {value['format']!r}: this version reads {FORMAT}")
        given = {key: part for key, part in value.items() if key != "format"}
        _check_names(given, cls, "side-car")
        try:
            return cls(
                **{
                    **given,
                    "architecture": Architecture.from_json(given["architecture"]),
                    "front_end": FrontEnd.from_json(given["front_end"]),
                    "normalisation": Normalisation.from_json(given.get("normalisation", {})),
                    "calibration": _part(given["calibration"], Calibration),
                    "genres": tuple(given["genres"]),
                }
            )
        except KeyError as err:
            raise ModelError(f"side-car lacks {err.args[0]!r}") from err
        except TypeError as err:
            raise ModelError(f"side-car has a part that is absent or of a wrong type: {err}") from err


def read_side_car(folder: Path) -> SideCar:
    """Read the side-car of a model's folder."""
    file = folder / SIDE_CAR_FILE
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as err:
        raise ModelError(f"{file} cannot be read ({err.strerror}); is this a model's folder?") from err
    return parse_side_car(content, str(file))


def parse_side_car(content: bytes, origin: str) -> SideCar:
    """Read the bytes of a side-car; errors name `origin`."""
    if len(content) > _MOST_BYTES:
        raise ModelError(f"{origin} is no side-car: it has more than {_MOST_BYTES:,} bytes")
    try:
        return SideCar.from_json(json.loads(content.decode("utf-8")))
    except (ValueError, RecursionError) as err:  # broken JSON, nested without end, or not UTF-8
        raise ModelError(f"{origin} is no JSON: {err}; copy or import the model again") from err
    except ModelError as err:
        raise ModelError(f"{origin}: {err}") from err


def write_side_car(folder: Path, side_car: SideCar) -> None:
    """Write the side-car into a model's folder."""
    text = json.dumps(side_car.to_json(), indent=2, ensure_ascii=False)
    (folder / SIDE_CAR_FILE).write_text(text + "\n", "utf-8")


def _part(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, dict):
        raise ModelError(f"side-car: {kind.__name__.lower()} must be an object, not {value!r}")
    _check_names(value, kind, kind.__name__.lower())
    return kind(**value)


def _check_names(value: Mapping[str, Any], kind: type[Any], what: str) -> None:
    if unknown := sorted(set(value) - {f.name for f in fields(kind)}):
        raise ModelError(f"{what} has unknown parts {', '.join(unknown)}; update musicai")


def _channels(value: Any, what: str) -> float | tuple[float, ...]:
    numbers = value if isinstance(value, list | tuple) else [value]
    if not numbers or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise ModelError(f"side-car: normalisation {what} must be a number or three, not {value!r}")
    return tuple(numbers) if isinstance(value, list | tuple) else value


def _check_ranges(name: str, calibration: Calibration) -> None:
    if not (calibration.temperature > 0 and math.isfinite(calibration.temperature)):
        raise ModelError(f"model {name}: temperature must be positive, not {calibration.temperature!r}")
    if not 0 <= calibration.threshold <= 1:
        raise ModelError(f"model {name}: threshold must be from 0 to 1, not {calibration.threshold!r}")


def _check_normalisation(name: str, normalisation: Normalisation, front_end: FrontEnd) -> None:
    means, stds = _numbers(normalisation.mean), _numbers(normalisation.std)
    if not all(map(math.isfinite, means + stds)) or min(stds) <= 0:
        raise ModelError(f"model {name}: normalisation needs a finite mean and a positive std")
    allowed = {1} if front_end.picture_size is None else {1, _CHANNELS}
    if {len(means), len(stds)} - allowed:
        raise ModelError(
            f"model {name}: normalisation has {len(means)} means and {len(stds)} deviations; "
            f"a spectrogram needs one, a picture one or {_CHANNELS}"
        )


def _numbers(value: float | tuple[float, ...]) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,)


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain_numbers(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_numbers(part) for part in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) + 0.0 if is_number else value  # -0.0 becomes 0.0
