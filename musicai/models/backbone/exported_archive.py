"""What ``torch.export.save`` writes, read without pickle: the graph as JSON, weights as bare numbers.

``torch.export.load`` is not used, for it unpickles: sample inputs always, weights and constants where the
archive says so. Here they are refused or left alone, and so is whatever is no tensor.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from musicai.errors import ModelError

SCHEMA = 8
"""Major version of the graph's schema, that of torch 2.6 and later."""
DTYPES = {
    1: torch.uint8,
    2: torch.int8,
    3: torch.int16,
    4: torch.int32,
    5: torch.int64,
    6: torch.float16,
    7: torch.float32,
    8: torch.float64,
    12: torch.bool,
    13: torch.bfloat16,
}
_LARGEST = 4_000_000_000


@dataclass(frozen=True)
class Archive:
    """A program of torch.export.

    Parameters
    ----------
    program: its JSON: signature and graph.
    tensors: parameters, buffers and constants by name.
    """

    program: dict[str, Any]
    tensors: dict[str, Tensor]


def read_archive(content: bytes, origin: str) -> Archive:
    """Read the bytes of a .pt2 file; ModelError says what is wrong, or what MusicAI does not open."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Reader(archive, origin).read()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError) as err:
        raise ModelError(f"{origin} is no program of torch.export that can be read: {err}") from err


@dataclass(frozen=True)
class _Reader:
    archive: zipfile.ZipFile
    origin: str

    def read(self) -> Archive:
        if sum(entry.file_size for entry in self.archive.infolist()) > _LARGEST:
            raise ModelError(f"{self.origin} is larger than {_LARGEST / 1e9:.0f} GB")
        root, model = self._model()
        program = json.loads(self.archive.read(f"{root}models/{model}.json"))
        version = program["schema_version"]["major"]
        if version != SCHEMA:
            raise ModelError(
                f"{self.origin} has version {version} of the schema of torch.export, and {SCHEMA} is read: "
                "save it again with a newer torch, or export it as ONNX"
            )
        tensors = {
            name: tensor
            for part in ("weights", "constants")
            for name, tensor in self._tensors(f"{root}data/{part}/", f"{model}_{part}_config.json").items()
        }
        return Archive(program, tensors)

    def _model(self) -> tuple[str, str]:
        names = [name for name in self.archive.namelist() if "models/" in name and name.endswith(".json")]
        if len(names) != 1:
            raise ModelError(
                f"{self.origin} holds {len(names)} programs of torch.export, and one is wanted "
                "(files of torch before 2.8 have another form: save it again, or export it as ONNX)"
            )
        root, _, file = names[0].rpartition("models/")
        return root, file.removesuffix(".json")

    def _tensors(self, folder: str, config: str) -> dict[str, Tensor]:
        payloads = json.loads(self.archive.read(folder + config))["config"]
        return {name: self._tensor(folder, name, payload) for name, payload in payloads.items()}

    def _tensor(self, folder: str, name: str, payload: dict[str, Any]) -> Tensor:
        meta = payload.get("tensor_meta")
        if payload["use_pickle"] or meta is None:
            raise ModelError(
                f"{self.origin} holds {name!r} as a pickle, which could run anything; MusicAI never opens "
                "one: export the network as ONNX"
            )
        dtype = DTYPES[meta["dtype"]]
        raw = self.archive.read(folder + payload["path_name"])
        flat = torch.frombuffer(bytearray(raw), dtype=dtype) if raw else torch.empty(0, dtype=dtype)
        sizes, strides = ([one["as_int"] for one in meta[key]] for key in ("sizes", "strides"))
        first = meta["storage_offset"]["as_int"]
        last = first + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        if min([first, *sizes, *strides], default=0) < 0 or (0 not in sizes and last >= len(flat)):
            raise ModelError(f"{self.origin} has less numbers for {name!r} than its shape needs")
        return flat.as_strided(sizes, strides, first).clone()
