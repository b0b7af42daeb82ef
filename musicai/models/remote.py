"""A model store behind a URL. Models are copied to this machine by digest, and checked each time."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from musicai.config import StorePlace, masked
from musicai.errors import ConfigError, ModelError, NodeFaultError, StateError
from musicai.models.folder import is_damaged, is_intact, new_folder, verify
from musicai.models.side_car import SIDE_CAR_FILE, SideCar, parse_side_car

# what the libraries below fsspec raise when they cannot reach their server; none is an OSError
_FOREIGN = {
    "botocore.exceptions": "BotoCoreError",
    "aiohttp": "ClientError",
    "paramiko": "SSHException",
    "google.auth.exceptions": "GoogleAuthError",
    "azure.core.exceptions": "AzureError",
}


@dataclass(frozen=True)
class RemoteStore:
    """The models behind a URL that fsspec opens."""

    place: StorePlace

    def names(self) -> list[str]:
        """Return the models that are there; one whose side-car has not arrived yet is not."""
        with self._reached():
            self._system.invalidate_cache()
            found = self._system.glob(f"{self._root}/*/{SIDE_CAR_FILE}")
        return sorted(PurePosixPath(path).parent.name for path in found)

    def side_car(self, name: str) -> SideCar:
        """Return what a model's side-car says; ModelError when it is broken."""
        return parse_side_car(self._read_side_car(name), f"{self.place}/{name}/{SIDE_CAR_FILE}")

    def fetch(self, name: str) -> Path:
        """Return a folder of this machine with the model in it, fetched where that is needed.

        Raises
        ------
        NodeFaultError: the store cannot be reached.
        ModelError: what lies there is damaged.
        """
        folder = self._copy_of(name)
        if not is_intact(folder):
            shutil.rmtree(folder, ignore_errors=True)
            try:
                with new_folder(folder) as part:
                    self._download(name, part)
                    verify(part)
            except StateError:
                return folder  # another process was faster
        return folder

    def is_damaged(self, name: str) -> bool:
        """Whether what lies in the store itself is no model any more, whatever copies there are of it."""
        with tempfile.TemporaryDirectory(prefix="musicai-model-") as place:
            self._download(name, Path(place))
            return is_damaged(Path(place))

    def fetched(self, name: str) -> Path | None:
        """Return where a copy lies on this machine, when there is one."""
        folder = self._copy_of(name)
        return folder if folder.is_dir() else None

    def copy_keys(self) -> set[str]:
        """Return the names of the folders in which copies of what is in the store lie, or would lie."""
        return {_key(self._read_side_car(name)) for name in self.names()}

    def push(self, folder: Path, name: str, *, mend: bool = False) -> None:
        """Put a model into the store, its side-car last: a model that is not whole is not seen.

        Parameters
        ----------
        mend: whether to put it over a damaged one of that name, which nobody is to miss meanwhile: nodes
            may have a whole copy.

        Raises
        ------
        StateError: another model has the name.
        NodeFaultError: the store cannot be reached, or lets nobody write.
        """
        place, side_car = f"{self._root}/{name}", folder / SIDE_CAR_FILE
        if not mend:
            if name in self.names():
                raise StateError(f"there is a model {name!r} in {self.place} already")
            self.remove(name)  # what an upload that was broken off left behind
        with self._reached():
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file != side_car:
                    self._put(file, f"{place}/{file.relative_to(folder).as_posix()}")
            if mend:
                self._put(side_car, f"{place}/{SIDE_CAR_FILE}")
            else:
                self._put(side_car, f"{place}/{SIDE_CAR_FILE}.part")
                self._system.mv(f"{place}/{SIDE_CAR_FILE}.part", f"{place}/{SIDE_CAR_FILE}")
            self._system.invalidate_cache()

    def remove(self, name: str) -> None:
        """Delete a model that may be there, its side-car first: what is not whole is not seen."""
        folder = f"{self._root}/{name}"
        with self._reached():
            if self._system.exists(f"{folder}/{SIDE_CAR_FILE}"):
                self._system.rm_file(f"{folder}/{SIDE_CAR_FILE}")
            if self._system.exists(folder):
                self._system.rm(folder, recursive=True)
            self._system.invalidate_cache()

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        import fsspec  # noqa: PLC0415  # a tenth of a second that a store in a folder never needs

        try:
            system, root = fsspec.core.url_to_fs(self.place.url)
        except (ValueError, ImportError) as err:
            raise ConfigError(
                f"MUSICAI_MODEL_STORE={self.place}: {err}; s3:// comes with `pip install musicai[s3]`"
            ) from err
        return system, str(root).rstrip("/")

    @property
    def _system(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def _copy_of(self, name: str) -> Path:
        return self.place.copies / _key(self._read_side_car(name)) / name

    def _read_side_car(self, name: str) -> bytes:
        with self._reached():
            content: bytes = self._system.cat_file(f"{self._root}/{name}/{SIDE_CAR_FILE}")
            return content

    def _download(self, name: str, part: Path) -> None:
        root = PurePosixPath(f"{self._root}/{name}")
        with self._reached():
            for path in self._system.find(str(root)):
                relative = PurePosixPath(path).relative_to(root)
                if ".." in relative.parts:
                    raise ModelError(
                        f"{self.place}/{name} holds a file {str(relative)!r} that leads out of it"
                    )
                (part / relative).parent.mkdir(parents=True, exist_ok=True)
                self._system.get_file(path, str(part / relative))

    def _put(self, file: Path, path: str) -> None:
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._system.put_file(str(file), path)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except _faults() as err:
            raise NodeFaultError(f"the model store {self.place}: {masked(str(err))}") from err


def _key(side_car: bytes) -> str:
    return hashlib.sha256(side_car).hexdigest()[:16]


def _faults() -> tuple[type[BaseException], ...]:
    loaded = [(sys.modules.get(module), name) for module, name in _FOREIGN.items()]
    return (OSError, *(getattr(module, name) for module, name in loaded if hasattr(module, name)))
