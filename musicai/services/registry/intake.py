"""Importing a model from a folder or a package: looked at from all sides before the store sees it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai.config import Settings
from musicai.errors import ModelError, NotFoundError
from musicai.models.folder import copy_files, new_folder, verify
from musicai.models.renaming import rename
from musicai.models.side_car import SIDE_CAR_FILE, SideCar
from musicai.services.registry.files import probe_models
from musicai.services.registry.package import is_package, unpacked
from musicai.services.registry.pickles import refuse_pickle, refuse_pickles
from musicai.services.registry.placing import Origin, place_model
from musicai.states import ModelEventKind


@dataclass(frozen=True)
class Imported:
    """What was imported.

    Parameters
    ----------
    name: what it is called.
    genres: how many it tells apart.
    digest: SHA-256 of its weights.
    new: whether it was not there before.
    mended: whether it was, with damaged files, which these replaced.
    """

    name: str
    genres: int
    digest: str
    new: bool
    mended: bool

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return dict(self.__dict__)


def import_model(
    engine: Engine, settings: Settings, source: Path, *, actor: str, name: str | None = None
) -> Imported:
    """Put a model from elsewhere into the store and the catalogue; it is not active.

    Parameters
    ----------
    source: a model's folder, or a package that `export` wrote.
    name: what to call it here; None: as it is called already.

    Raises
    ------
    NotFoundError: there is nothing.
    ModelError: it is a pickle, is damaged or tampered with, or its parts do not fit one another.
    StateError: another model has the name.
    """
    with _opened(source) as found, tempfile.TemporaryDirectory(prefix="musicai-import-") as place:
        refuse_pickles(found)
        side_car = verify(found)
        folder = Path(place) / "model"
        with new_folder(folder) as part:
            copy_files(found, part)
            rename(part, name or side_car.name)
        probe_models(settings, folder)
        return take_in(engine, settings, folder, actor=actor, source=source)


def take_in(engine: Engine, settings: Settings, folder: Path, *, actor: str, source: Path) -> Imported:
    """Register a folder that was checked, under its own name; StateError when another model has it."""
    origin = Origin(actor, {"source": str(source)}, ModelEventKind.IMPORTED)
    placed = place_model(engine, settings, folder, origin, keep_name=True)
    side_car = SideCar.from_json(placed.model.side_car)
    return Imported(placed.model.name, len(side_car.genres), placed.model.digest, placed.new, placed.mended)


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    if source.is_dir():
        if not (source / SIDE_CAR_FILE).exists():
            refuse_pickles(source)
            raise ModelError(f"{source} has no {SIDE_CAR_FILE}: it is not the folder of a model")
        yield source
    elif not source.exists():
        raise NotFoundError(f"there is no {source}")
    elif is_package(source):
        with unpacked(source) as folder:
            yield folder
    else:
        refuse_pickle(source)
        raise ModelError(
            f"{source} is no model that can be imported: give a folder with {SIDE_CAR_FILE}, "
            "or a package that `musicai models export` wrote (.tar.gz, .tgz, .tar)"
        )
