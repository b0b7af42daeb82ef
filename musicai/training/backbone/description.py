"""What a file of a network does not say: which front end it was trained with, and where its embeddings are.

A description is a JSON object beside the file, under its name with ``.json`` for the last part:

    {"front_end": "musicnn", "output": "embeddings", "layout": "btm", "patch": 128, "hop": 62, "terms": ""}

Only ``front_end`` must be there: a name, or the settings of one.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicai.errors import ConfigError, ModelError
from musicai.front_end import FRONT_ENDS, FrontEnd
from musicai.models.backbone.file_body import NetworkFile
from musicai.models.onnx_file import Port
from musicai.models.onnx_layout import Layout, layout_of

_KEYS = ("front_end", "output", "layout", "patch", "hop", "terms")


@dataclass(frozen=True)
class Description:
    """What stands beside the file of a backbone.

    Parameters
    ----------
    front_end: with which it was trained.
    output: the one that holds embeddings; None: there is only one, or only one besides the genres'.
    axes, patch, hop: layout of the input, frames of a patch, and from one patch to the next.
    genres_output: an output that is known to hold genres.
    terms: what its licence allows.
    """

    front_end: FrontEnd
    output: str | None = None
    axes: str | None = None
    patch: int | None = None
    hop: int | None = None
    genres_output: str | None = None
    terms: str = ""

    def layout(self, source: Port) -> Layout:
        """Return how spectrograms go into an input."""
        return layout_of(source, self.front_end.n_mels, axes=self.axes, patch=self.patch, hop=self.hop)


def read_description(path: Path) -> Description:
    """Read what stands beside a file; ConfigError says what is missing or wrong."""
    file = path.with_suffix(".json")
    if not file.exists():
        raise ConfigError(
            f"nothing says which front end {path.name} was trained with: write {file.name} beside it, "
            f'such as {{"front_end": "musicnn"}} ({", ".join(FRONT_ENDS)}, or an object of settings)'
        )
    try:
        value = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise ConfigError(f"{file} is no JSON: {err}") from err
    if not isinstance(value, dict) or "front_end" not in value:
        raise ConfigError(f"{file} must be an object with 'front_end'")
    if unknown := sorted(set(value) - set(_KEYS)):
        raise ConfigError(f"{file}: unknown {', '.join(unknown)}; there are {', '.join(_KEYS)}")
    return Description(
        _front_end(value["front_end"], file),
        output=value.get("output"),
        axes=value.get("layout"),
        patch=value.get("patch"),
        hop=value.get("hop"),
        terms=str(value.get("terms", "")),
    )


def embedding_output(file: NetworkFile, layout: Layout, description: Description) -> tuple[str, int]:
    """Return which output of a network holds embeddings, and their size.

    Raises
    ------
    ModelError: there are several and nobody said which, or it holds no embeddings.
    """
    there = ", ".join(map(str, file.outputs))
    names = [port.name for port in file.outputs if port.name != description.genres_output]
    name = description.output or (names[0] if len(names) == 1 else None)
    if name is None or name not in {port.name for port in file.outputs}:
        raise ModelError(f"which output holds embeddings? Name it as 'output'; there are {there}")
    silence = np.zeros((description.front_end.n_mels, layout.patch_frames or 64), np.float32)
    batch, _ = next(layout.batches(silence))
    shape = file.run(batch, name).shape
    if len(shape) != 2 or shape[0] != len(batch):
        raise ModelError(
            f"output {name!r} gives {shape} for {len(batch)} patches; embeddings are (patches, size)"
        )
    return name, shape[1]


def _front_end(value: Any, file: Path) -> FrontEnd:
    if isinstance(value, dict):
        return FrontEnd.from_json(value)
    if value not in FRONT_ENDS:
        raise ConfigError(f"{file}: front_end must be {', '.join(FRONT_ENDS)} or an object, not {value!r}")
    return FRONT_ENDS[value]
