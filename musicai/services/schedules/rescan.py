"""A schedule that reads folders again: what it keeps, and the job that each firing makes."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue import ledger, scans, schedules
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Firing, Schedule
from musicai.config import Settings
from musicai.errors import ConfigError, MusicAIError, TransientError
from musicai.logs import bound
from musicai.services.enqueue import Request
from musicai.services.found_paths import find_paths
from musicai.services.libraries import resolve_targets
from musicai.services.models import FoundModel, choose_model, find_model
from musicai.services.scan_options import ScanOptions
from musicai.states import JobKind, Priority

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RescanRequest:
    """What `musicai schedule add rescan` was asked.

    Parameters
    ----------
    scan: the places by library, so that any node finds them.
    model: name of a model; None for the one that is active when it fires.
    paths: as they were typed, to show.
    """

    scan: ScanOptions
    model: str | None = None
    priority: Priority = Priority.NORMAL
    paths: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return {
            "scan": self.scan.to_json(),
            "model": self.model,
            "priority": self.priority.value,
            "paths": [ledger.storable(path) for path in self.paths],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "RescanRequest":
        """Read back `to_json`; ConfigError when another version wrote it."""
        try:
            return cls(
                ScanOptions.from_json(values["scan"]),
                values["model"],
                Priority(values["priority"]),
                tuple(values["paths"]),
            )
        except (TypeError, KeyError, ValueError) as err:
            raise ConfigError(f"a rescan was asked for what this version does not know: {err}") from err


def start_rescan(engine: Engine, settings: Settings, firing_id: int) -> int | None:
    """Take a firing up; return the number of its job, whose folders wait to be read by anybody.

    None when somebody has taken it up before, when its schedule was removed, or when it could not begin:
    the firing says why.

    Raises
    ------
    TransientError: the fault passes, and another node may not have it; the firing waits.
    """
    try:
        if (wanted := _wanted(engine, firing_id)) is None:
            return None
        model = find_model(engine, settings, wanted.model)
        with transaction(engine) as session:
            job = _begin(session, model, firing_id)
    except TransientError:
        raise
    except MusicAIError as err:
        with transaction(engine) as session:
            schedules.fail(session, firing_id, err.code, str(err))
        return None
    if job is not None:
        with bound(job=job, firing=firing_id):
            log.info("firing %d made job %d", firing_id, job)
    return job


def _wanted(engine: Engine, firing_id: int) -> RescanRequest | None:
    """Return what a firing asks for; None when it was taken up before."""
    with reading(engine) as session:
        firing = session.get(Firing, firing_id)
        if firing is None or firing.state not in schedules.OPEN:
            return None
        return RescanRequest.from_json(session.get_one(Schedule, firing.schedule_id).options)


def _begin(session: Session, model: FoundModel, firing_id: int) -> int | None:
    firing = schedules.take_up(session, firing_id)
    if firing is None:
        return None
    schedule = session.get_one(Schedule, firing.schedule_id)
    request = RescanRequest.from_json(schedule.options)
    job = ledger.create_job(
        session,
        JobKind.CLASSIFY,
        model_id=choose_model(session, model).id,
        library_id=request.scan.targets[0].library_id,
        options={**request.scan.to_json(), "schedule": schedule.name},
        priority=request.priority,
    )
    schedules.set_job(session, firing_id, job.id)
    scans.offer(session, job.id)
    return job.id


def rescan_options(
    engine: Engine, settings: Settings, request: Request
) -> Callable[[Session], dict[str, Any]]:
    """Look at what a request names; return what makes of it, in a transaction, the options of a schedule.

    Libraries are made as needed.

    Raises
    ------
    NotFoundError: a path or the model is not there.
    ModelError, StateError: the model is damaged, archived or gone.
    NodeFaultError: the server of a URL, or of the model store, does not answer.
    """
    model = None if request.model is None else find_model(engine, settings, request.model)
    found = find_paths(engine, request.paths, settings.mounts, request.library)
    paths = tuple(_absolute(os.fsdecode(path)) for path in request.paths)

    def make(session: Session) -> dict[str, Any]:
        if model is not None:
            choose_model(session, model)
        scan = request.scan_options(resolve_targets(session, found, request.library))
        return RescanRequest(scan, request.model, request.priority, paths).to_json()

    return make


def _absolute(path: str) -> str:
    if "://" in path or not os.path.lexists(path):  # a URL, or the name of a library
        return path
    return os.path.abspath(path)  # noqa: PTH100 - no links followed
