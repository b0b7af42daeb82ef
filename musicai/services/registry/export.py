"""Exporting a model: its folder with everything beside the weights, as a folder or as one file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue.session import transaction
from musicai.config import Settings
from musicai.models.folder import copy_files, new_folder, verify
from musicai.services.registry.lookup import named_model, verified_folder
from musicai.services.registry.package import is_package, write_package
from musicai.services.registry.trail import record
from musicai.states import ModelEventKind


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Parameters
    ----------
    model: which one.
    target: the file or the folder that was written.
    digest: SHA-256 of its weights.
    """

    model: str
    target: str
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return dict(self.__dict__)


def export_model(engine: Engine, settings: Settings, name: str, target: Path, *, actor: str) -> Exported:
    """Write a model to somewhere else.

    Parameters
    ----------
    target: a file (.tar.gz, .tgz, .tar), or a folder; into one that exists already, a folder NAME is put.

    Raises
    ------
    StateError: something is there already.
    ModelError: the model's files are damaged, or the target cannot be written. Nothing half-written stays.
    """
    with transaction(engine) as session:
        model = named_model(session, settings, name)
    written = _write(verified_folder(settings, model), target, name)
    with transaction(engine) as session:
        record(session, model, ModelEventKind.EXPORTED, actor, {"target": str(written)})
    return Exported(name, str(written), model.digest)


def _write(folder: Path, target: Path, name: str) -> Path:
    if is_package(target):
        write_package(folder, target, name)
        return target
    place = target / name if target.is_dir() else target
    with new_folder(place) as part:
        copy_files(folder, part)
        verify(part)
    return place
