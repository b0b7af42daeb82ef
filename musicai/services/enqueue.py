"""Putting folders on the queue."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from musicai.catalogue import ledger
from musicai.catalogue.session import transaction
from musicai.config import Settings
from musicai.errors import ConfigError, NotFoundError, StateError
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.found_paths import find_paths
from musicai.services.held_scan import held_scan
from musicai.services.jobs import JobView
from musicai.services.libraries import resolve_targets
from musicai.services.models import choose_model, find_model
from musicai.services.scan_options import ScanOptions, Target
from musicai.services.scan_report import ScanProgress
from musicai.states import JobKind, Priority


@dataclass(frozen=True)
class Request:
    """What `musicai enqueue` was asked.

    Parameters
    ----------
    paths: folders and files on this node, as bytes.
    model: name of a model, None for the active one.
    library: name for the library of the paths, None to find or make one.
    """

    paths: tuple[bytes, ...]
    model: str | None = None
    library: str | None = None
    priority: Priority = Priority.NORMAL
    exclude: tuple[str, ...] = field(default=())
    follow_symlinks: bool = False
    force: bool = False
    whole: bool = False

    def scan_options(self, targets: tuple[Target, ...]) -> ScanOptions:
        """Return what to scan, as a job keeps it."""
        return ScanOptions(
            targets,
            exclude=self.exclude,
            follow_symlinks=self.follow_symlinks,
            force=self.force,
            whole=self.whole,
        )


def create_job(engine: Engine, settings: Settings, request: Request) -> JobView:
    """Write the job of a request into the catalogue; nothing is scanned yet.

    Raises
    ------
    NotFoundError: a path or the model is not there.
    ModelError, StateError: the model is damaged, archived or gone.
    NodeFaultError: the server of a URL, or of the model store, does not answer.
    """
    chosen = find_model(engine, settings, request.model)
    found = find_paths(engine, request.paths, settings.mounts, request.library)
    with transaction(engine) as session:
        model = choose_model(session, chosen)
        targets = resolve_targets(session, found, request.library)
        job = ledger.create_job(
            session,
            JobKind.CLASSIFY,
            model_id=model.id,
            library_id=targets[0].library_id,
            options=request.scan_options(targets).to_json(),
            priority=request.priority,
        )
        return jobs.view_job(session, job.id)


def scan_job(
    engine: Engine, settings: Settings, job_id: int, on_batch: Callable[[ScanProgress, JobView], None]
) -> JobView:
    """Scan the folders of a job; when the job is paused or cancelled meanwhile, stop.

    Does nothing when another process reads them already.

    Raises
    ------
    MusicAIError: a folder is not there. The job is cancelled, for it could never end.
    """
    try:
        with held_scan(engine, settings, ProcessIdentity.current(), only=job_id) as scan:
            if scan is not None:
                scan.read(on_batch)
    except (ConfigError, NotFoundError, StateError):
        if jobs.needs_scan(view := jobs.read(engine, job_id)) and view.total == 0:
            jobs.cancel(engine, job_id)
        raise
    return jobs.read(engine, job_id)
