"""Where models lie: those that come with the package, and those in the user's model store."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from musicai.config import StorePlace
from musicai.errors import ModelError, NotFoundError, StateError
from musicai.models.folder import copy_files, new_folder, verify
from musicai.models.folder import is_damaged as folder_is_damaged
from musicai.models.remote import RemoteStore
from musicai.models.side_car import SIDE_CAR_FILE, SideCar, read_side_car

SHIPPED = Path(__file__).parent / "shipped"
DEFAULT_MODEL = "gtzan-texture-4"
"""The model used when neither a command nor a setting names one."""


@dataclass(frozen=True)
class StoredModel:
    """A model and where it lies.

    Parameters
    ----------
    name: its folder's.
    location: its folder, or its URL.
    folder: its folder on this machine; None when the store is a URL and nobody has fetched it yet.
    side_car: None when it cannot be used.
    broken: why not; empty when it can.
    """

    name: str
    location: str
    folder: Path | None
    side_car: SideCar | None
    shipped: bool
    broken: str = ""


def find(name: str, store: StorePlace) -> Path:
    """Return the folder of the model `name` (empty: the default one), the user's store first.

    A model behind a URL is copied to this machine; its digest is checked whenever it is asked for.

    Raises
    ------
    NotFoundError: there is no such model.
    ModelError: its side-car is broken, or names another model.
    NodeFaultError: the store cannot be reached.
    """
    wanted = name or DEFAULT_MODEL
    own, shipped = _own_names(store), _folders(SHIPPED)
    if wanted in own:
        folder = RemoteStore(store).fetch(wanted) if store.folder is None else store.folder / wanted
        _check_name(read_side_car(folder), wanted, str(folder))
        return folder
    if wanted not in shipped:
        known = ", ".join(sorted({*own, *shipped})) or "none"
        raise NotFoundError(f"there is no model {wanted!r}; there are: {known}")
    return shipped[wanted]


def list_names(store: StorePlace) -> set[str]:
    """Return the names that are taken, by shipped models and by those in the store."""
    return {*_folders(SHIPPED), *_own_names(store)}


def is_shipped(name: str) -> bool:
    """Whether the package comes with a model of that name."""
    return name in _folders(SHIPPED)


def is_damaged(name: str, store: StorePlace) -> bool:
    """Whether what the user's store has under a name is no model any more, for certain.

    Raises
    ------
    NodeFaultError: the store cannot be reached, or not be read just now.
    ModelError: a file of a model behind a URL leads out of the model.
    """
    if store.folder is not None:
        return (store.folder / name).is_dir() and folder_is_damaged(store.folder / name)
    return name in _own_names(store) and RemoteStore(store).is_damaged(name)


def list_models(store: StorePlace) -> list[StoredModel]:
    """Return all models by name, also those whose side-car is broken or names another model."""
    models = {name: _in_folder(folder, shipped=True) for name, folder in _folders(SHIPPED).items()}
    if store.folder is not None:
        models |= {
            name: _in_folder(folder, shipped=False) for name, folder in _folders(store.folder).items()
        }
    else:
        remote = RemoteStore(store)
        models |= {name: _behind_url(remote, name) for name in remote.names()}
    return [model for _, model in sorted(models.items())]


def publish(folder: Path, store: StorePlace, *, mend: bool = False) -> Path:
    """Put a model into the store under its own name; return its folder on this machine.

    It appears whole or not at all, and takes nobody's place unless it is to mend a damaged copy: what
    else lies beside that one, as its card or pictures, stays where the new one has no such file.

    Parameters
    ----------
    mend: whether a damaged copy of this very model is there.

    Raises
    ------
    StateError: a model has the name already.
    ModelError: the folder is damaged, or the disk is full.
    """
    name = verify(folder).name
    if name in list_names(store) and not mend:
        raise StateError(f"there is a model {name!r} already; nothing was written over it")
    if store.folder is None:
        RemoteStore(store).push(folder, name, mend=mend)
        return RemoteStore(store).fetch(name)
    with new_folder(store.folder / name, instead=mend) as part:
        if mend:
            copy_files(store.folder / name, part)
        copy_files(folder, part)
        verify(part)
    return store.folder / name


def withdraw(name: str, store: StorePlace) -> None:
    """Take a model out of the store again that nobody knows of yet."""
    if store.folder is None:
        RemoteStore(store).remove(name)
    else:
        shutil.rmtree(store.folder / name, ignore_errors=True)


def _own_names(store: StorePlace) -> set[str]:
    return set(RemoteStore(store).names()) if store.folder is None else set(_folders(store.folder))


def _folders(root: Path) -> dict[str, Path]:
    # those that begin with a dot are still being written
    found = root.glob(f"*/{SIDE_CAR_FILE}") if root.is_dir() else ()
    return {file.parent.name: file.parent for file in found if not file.parent.name.startswith(".")}


def _in_folder(folder: Path, *, shipped: bool) -> StoredModel:
    location = str(folder)
    try:
        side_car = read_side_car(folder)
        _check_name(side_car, folder.name, location)
    except ModelError as err:
        return StoredModel(folder.name, location, folder, None, shipped, str(err))
    return StoredModel(folder.name, location, folder, side_car, shipped)


def _behind_url(remote: RemoteStore, name: str) -> StoredModel:
    location = f"{remote.place}/{name}"
    try:
        side_car = remote.side_car(name)
        _check_name(side_car, name, location)
    except ModelError as err:
        return StoredModel(name, location, None, None, shipped=False, broken=str(err))
    return StoredModel(name, location, remote.fetched(name), side_car, shipped=False)


def _check_name(side_car: SideCar, name: str, place: str) -> None:
    if side_car.name != name:
        raise ModelError(
            f"{place} holds the model {side_car.name!r}, not {name!r}: a model's folder has its name; "
            "take it out of the store, and put it in with `musicai models import FOLDER --name`"
        )
