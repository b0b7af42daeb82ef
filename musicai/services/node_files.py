"""Files of this node that nobody needs: checkpoints of ended runs, copies of models that are gone."""

import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
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

_DAY_S = 24 * 3600
_RUN = re.compile(
    r"[0-9]{1,18}"
)  # the number of a run's job; a longer one would be no number of a database
Complain = Callable[[Path, OSError], None]
"""Told of what this process may not look at or delete; what somebody else deleted meanwhile is none."""


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

    def delete(self, complain: Complain) -> bool:
        """Delete it; False when somebody else did, or when this process may not."""
        with _PassedOver(self.path, complain):
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path)
            else:
                self.path.unlink()
            return True
        return False


class _PassedOver:
    """Lets one file or folder that cannot be dealt with stop no other."""

    def __init__(self, path: Path, complain: Complain) -> None:
        self._path, self._complain = path, complain

    def __enter__(self) -> None:
        """Begin with it."""

    def __exit__(self, kind: object, err: object, trace: object) -> bool:
        # one that is gone: a worker and a trainer of one node tidy at once
        if isinstance(err, OSError) and not isinstance(err, FileNotFoundError):
            self._complain(self._path, err)
        return isinstance(err, OSError)


def leftover_files(engine: Engine, settings: Settings, complain: Complain) -> Iterator[Leftover]:
    """Yield what may go by now; nothing when the settings keep all.

    Raises
    ------
    NodeFaultError: the model store cannot be reached, so that nobody knows which copies are needed.
    """
    if settings.keep_files_days:
        yield from _checkpoints(engine, settings, complain)
        yield from _copies(settings, complain)


def _checkpoints(engine: Engine, settings: Settings, complain: Complain) -> Iterator[Leftover]:
    listed = _listed(settings.runs_folder, complain)
    folders = {int(path.name): path for path in listed if _RUN.fullmatch(path.name)}
    ended = Run.state.in_([state for state in RunState if state.ended])
    with reading(engine) as session:
        old = Run.ended_at < shared_now(session) - timedelta(days=settings.keep_files_days)
        query = select(Run.job_id, Run.folder).where(Run.job_id.in_(folders), ended, old)
        runs = session.execute(query.order_by(Run.job_id)).all()
    for job_id, folder in runs:
        # another catalogue's run of the same number may have left the folder
        if folder == str(folders[job_id]):
            for file in _leftovers(folders[job_id], complain):
                with _PassedOver(file, complain):
                    yield Leftover(file, file.stat().st_size, is_copy=False)


def _leftovers(folder: Path, complain: Complain) -> Sequence[Path]:
    with _PassedOver(folder, complain):
        return leftovers(folder)
    return ()


def _copies(settings: Settings, complain: Complain) -> Iterator[Leftover]:
    place = settings.model_store
    folders = _listed(place.copies, complain)
    if not folders:
        return
    needed = RemoteStore(place).copy_keys() if place.folder is None else set()
    before = time.time() - settings.keep_files_days * _DAY_S
    for folder in folders:
        with _PassedOver(folder, complain):
            if folder.name not in needed and folder.lstat().st_mtime < before:
                yield Leftover(folder, _size(folder), is_copy=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _listed(folder: Path, complain: Complain) -> Sequence[Path]:
    with _PassedOver(folder, complain):
        return sorted(folder.iterdir())
    return ()
