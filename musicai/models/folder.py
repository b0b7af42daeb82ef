"""A model's folder on this machine: written whole or not at all, and checked without loading it."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from musicai.errors import ModelError, NodeFaultError, StateError
from musicai.models.side_car import SideCar, read_side_car

_PREFIX = ".part-"
"""Begins the names of folders that are being written: no model's name does."""


@contextmanager
def new_folder(folder: Path, *, instead: bool = False) -> Iterator[Path]:
    """Yield a folder to write into; it takes its place when the block ends without an error.

    A crash, a full disk or an error in the block leaves nothing under the name of `folder`, or what was
    there before.

    Parameters
    ----------
    instead: whether to take the place of what has the name.

    Raises
    ------
    StateError: something has the name already.
    ModelError: it cannot be written, for the disk is full or the place is not ours.
    """
    with _written(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder.parent))
        part.chmod(0o755)  # nobody else might enter it, and workers may be somebody else
    try:
        with _written(folder):
            yield part
            _flush(*part.rglob("*"), part)
            with _out_of_the_way(folder) if instead else nullcontext():
                _place(part, folder)
            _flush(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def copy_files(source: Path, target: Path) -> None:
    """Copy what lies in a model's folder; links are refused, for they lead elsewhere on other machines."""
    for file in sorted(source.rglob("*")):
        if file.is_symlink() or not (file.is_file() or file.is_dir()):
            raise ModelError(
                f"{file} is neither a file nor a folder: a model's folder may hold nothing else"
            )
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def verify(folder: Path) -> SideCar:
    """Return the side-car of a folder whose weights are the ones that it describes.

    Raises
    ------
    ModelError: a file is absent or damaged, or the weights have another digest.
    NodeFaultError: the weights cannot be read here and now.
    """
    side_car = read_side_car(folder)
    weights = folder / side_car.weights_file
    check_digest(weights, file_digest(weights), side_car)
    return side_car


def is_intact(folder: Path) -> bool:
    """Whether a folder holds a whole model that can be read here and now."""
    try:
        verify(folder)
    except (ModelError, NodeFaultError):
        return False
    return True


def is_damaged(folder: Path) -> bool:
    """Whether what a folder holds is no model any more, for certain.

    A side-car that cannot be read just now, or that another version of MusicAI may understand, is none.
    """
    try:
        verify(folder)
    except ModelError as err:
        why = err.__cause__
        return isinstance(why, FileNotFoundError) or not isinstance(why, OSError | ModelError)
    return False


def check_digest(weights: Path, digest: str, side_car: SideCar) -> None:
    """Raise ModelError unless the weights are the ones that the side-car describes."""
    if digest != side_car.weights_sha256:
        raise ModelError(
            f"the weights {weights} are not those that the side-car describes: "
            f"SHA-256 {digest[:12]}…, not {side_car.weights_sha256[:12]}…; copy or import the model again"
        )


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file of weights."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as err:
        absent = isinstance(err, FileNotFoundError)
        kind = ModelError if absent else NodeFaultError
        raise kind(f"the weights {file} cannot be read: {err.strerror}") from err


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise ModelError(f"{folder} cannot be written: {err.strerror}; nothing of it was kept") from err


def _flush(*paths: Path) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _out_of_the_way(folder: Path) -> Iterator[None]:
    """Have nothing under a name in the block, and what was there again when it fails."""
    place = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder.parent, ignore_cleanup_errors=True)
    with place as aside:
        former = Path(aside) / folder.name
        folder.rename(former)
        try:
            yield
        except BaseException:
            former.rename(folder)
            raise


def _place(part: Path, folder: Path) -> None:
    try:
        part.rename(folder)
    except OSError as err:
        if folder.exists():
            raise StateError(f"{folder} exists already; nothing was written over it") from err
        raise
