"""Files of this node that nobody needs: checkpoints of ended runs, copies of models that are gone."""

import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from musicai.catalogue.session import reading, shared_now
from musicai.catalogue.tables import Run
from musicai.config import Settings
from musicai.models.remote import RemoteStore
from musicai.states import RunState
from musicai.training.leftovers import leftovers

log = logging.getLogger(__name__)

_DAY_S = 24 * 3600


@dataclass(frozen=True)
class Leftover:
    """A file or a folder that may go.

    Parameters
    ----------
    size: bytes.
    is_copy: whether it is a copy of a model, not a checkpoint.
    """

    path: Path
    size: int
    is_copy: bool

    def delete(self) -> bool:
        """Delete it; False, and a line in the log, when this process may not."""
        try:
            if self.path.is_dir():
                shutil.rmtree(self.path)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as err:
            log.warning("%s stays: %s", self.path, err.strerror)
            return False
        return True


def leftover_files(engine: Engine, settings: Settings) -> Iterator[Leftover]:
    """Yield what may go by now; nothing when the settings keep all.

    Raises
    ------
    NodeFaultError: the model store cannot be reached, so that nobody knows which copies are needed.
    """
    if settings.keep_files_days:
        yield from _checkpoints(engine, settings)
        yield from _copies(settings)


def _checkpoints(engine: Engine, settings: Settings) -> Iterator[Leftover]:
    folders = _run_folders(settings.runs_folder)
    ended = Run.state.in_([state for state in RunState if state.ended])
    with reading(engine) as session:
        old = Run.ended_at < shared_now(session) - timedelta(days=settings.keep_files_days)
        query = select(Run.job_id, Run.folder).where(Run.job_id.in_(folders), ended, old)
        runs = session.execute(query.order_by(Run.job_id)).all()
    for job_id, folder in runs:
        # another catalogue's run of the same number may have left the folder
        if folder == str(folders[job_id]):
            for file in leftovers(folders[job_id]):
                yield Leftover(file, file.stat().st_size, is_copy=False)


def _run_folders(root: Path) -> dict[int, Path]:
    found = root.iterdir() if root.is_dir() else ()
    return {int(path.name): path for path in found if path.name.isdecimal() and path.is_dir()}


def _copies(settings: Settings) -> Iterator[Leftover]:
    place = settings.model_store
    if not place.copies.is_dir():
        return
    needed = RemoteStore(place).copy_keys() if place.folder is None else set()
    before = time.time() - settings.keep_files_days * _DAY_S
    for folder in sorted(place.copies.iterdir()):
        if folder.name not in needed and folder.stat().st_mtime < before:
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            yield Leftover(folder, size, is_copy=True)
