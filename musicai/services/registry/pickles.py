"""Knowing a pickle when one sees it: loading one runs whatever its author wrote into it."""

import zipfile
from pathlib import Path

from musicai.errors import ModelError

_SUFFIXES = frozenset(
    (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".keras")
)
_ADVICE = (
    "loading it could run anybody's code. Save the weights as safetensors beside a model.json, "
    "or export the network as ONNX: `musicai models import` takes both"
)


def refuse_pickles(folder: Path) -> None:
    """Raise ModelError when a file of a model's folder is a pickle, whatever its name says."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            refuse_pickle(file)


def refuse_pickle(file: Path) -> None:
    """Raise ModelError when a file is a pickle, or an archive that may hold one."""
    if file.suffix.lower() in _SUFFIXES or _is_pickle(file):
        raise ModelError(f"{file} is, or may hold, a pickle: {_ADVICE}")


def _is_pickle(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            head = content.read(2)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                return any(name.endswith(".pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
    return len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5  # PROTO, and its number
