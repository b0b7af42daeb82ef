"""A model as one file: a tar with a folder of weights, JSON, Markdown and pictures, and no links.

Nothing in it is ever executed or unpickled; reading is bounded in size and never leaves its folder.
"""

import gzip
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from musicai.errors import ModelError, StateError
from musicai.models.side_car import SIDE_CAR_FILE

SUFFIXES = (".tar", ".tar.gz", ".tgz")
MOST_BYTES = 4_000_000_000
MOST_FILES = 10_000
_CHUNK = 1 << 20


def is_package(file: Path) -> bool:
    """Whether a file's name says that it is a tar."""
    return file.name.endswith(SUFFIXES)


def write_package(folder: Path, file: Path, name: str) -> None:
    """Write a model's folder into a tar; the same model gives the same bytes.

    Raises
    ------
    StateError: the file exists.
    ModelError: it cannot be written; nothing is left of it.
    """
    if file.exists():
        raise StateError(f"{file} exists already; nothing was written over it")
    part = None
    try:
        handle, part = tempfile.mkstemp(prefix=".part-", dir=file.parent)
        with open(handle, "wb") as raw:  # noqa: PTH123  # it is open already
            _write(folder, raw, name, packed=not file.name.endswith(".tar"))
            raw.flush()
            os.fsync(raw.fileno())
        Path(part).chmod(0o644)
        Path(part).rename(file)
    except OSError as err:
        raise ModelError(f"{file} cannot be written: {err.strerror}; nothing of it was kept") from err
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


@contextmanager
def unpacked(file: Path) -> Iterator[Path]:
    """Yield the folder of the model in a tar, in a place that goes away at the end.

    Raises
    ------
    ModelError: it is no tar, is damaged, or holds what a model's package may not hold.
    """
    with tempfile.TemporaryDirectory(prefix="musicai-import-") as place:
        try:
            with tarfile.open(file) as package:
                _extract(package, Path(place))
        except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as err:
            raise ModelError(f"{file} cannot be read as a tar: {err}") from err
        yield _model_folder(Path(place), file)


def _write(folder: Path, raw: IO[bytes], name: str, *, packed: bool) -> None:
    if packed:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as stream:
            _write_tar(folder, cast("IO[bytes]", stream), name)
    else:
        _write_tar(folder, raw, name)


def _write_tar(folder: Path, stream: IO[bytes], name: str) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as package:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                entry = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
                entry.size, entry.mode = path.stat().st_size, 0o644
                with path.open("rb") as content:
                    package.addfile(entry, content)


def _extract(package: tarfile.TarFile, place: Path) -> None:
    left = MOST_BYTES
    for number, entry in enumerate(package):
        path = PurePosixPath(entry.name)
        if path.is_absolute() or ".." in path.parts or not (entry.isreg() or entry.isdir()):
            raise ModelError(
                f"{entry.name!r} in the package leads out of it, or is neither a file nor a folder; "
                "nothing was imported"
            )
        left -= entry.size
        if left < 0 or number >= MOST_FILES:
            raise ModelError(f"the package holds more than {MOST_BYTES:,} bytes or {MOST_FILES:,} files")
        if entry.isreg():
            _copy(package, entry, place / path)


def _copy(package: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = package.extractfile(entry)
    assert source is not None  # noqa: S101  # a regular file has content
    with source, target.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            copy.write(chunk)


def _model_folder(place: Path, file: Path) -> Path:
    folders = [found.parent for found in [*place.glob(SIDE_CAR_FILE), *place.glob(f"*/{SIDE_CAR_FILE}")]]
    if len(folders) != 1:
        raise ModelError(
            f"{file} holds {len(folders)} models: a package has one folder with {SIDE_CAR_FILE} in it"
        )
    return folders[0]
