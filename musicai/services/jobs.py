"""Looking at jobs and steering them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from musicai import names
from musicai.catalogue import ledger, runs, scans
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Claim, Item, Job, Library, Model, Run
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import CatalogueUnavailableError, StateError
from musicai.messages import TrainCall, WakeUp
from musicai.services.at_work import at_work
from musicai.services.run_view import RunView, view_runs
from musicai.states import ItemState, JobKind, JobState, Priority, RunState, ScanState

_AWAY_S = 1.0


@dataclass(frozen=True)
class JobView:
    """A job as people see it."""

    id: int
    """Its number."""
    kind: str
    """What it was asked to do."""
    state: str
    """Where it stands."""
    library: str | None
    """Name of the library that it works on, the first one if there are several."""
    model: str
    """Name of the model that is asked, or that is to be trained."""
    priority: str
    """Which jobs go first."""
    scan: str
    """How far the reading of its folders came."""
    total: int
    """Tracks that were found."""
    done: int
    """Tracks that have their prediction now."""
    failed: int
    """Tracks in quarantine."""
    skipped: int
    """Tracks that needed no work: unchanged, or failed before."""
    cancelled: int
    """Tracks that were not begun when the job was cancelled."""
    pending: int
    """Tracks that wait or are in a worker's hands."""
    errors: dict[str, int]
    """Error code -> how many tracks failed with it."""
    report: dict[str, Any]
    """What the scan saw, see below."""
    fault: str | None
    """Why nobody gets on with it: no mount or model on a node, a broken scan. None when all is well."""
    run: RunView | None
    """The training run of a job that trains, see below."""
    workers: dict[str, int]
    """Node -> how many of its processes have tracks of it, or its run, in hand now."""
    schedule: str | None
    """Name of the schedule that asked for it; None for a person."""
    created_at: datetime
    """When it was enqueued."""
    ended_at: datetime | None
    """When it ended, None before."""

    @property
    def settled(self) -> int:
        """Items that nobody needs to look at any more."""
        return self.total - self.pending

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was enqueued, until its end."""
        return ((self.ended_at or now()) - self.created_at).total_seconds()

    @property
    def stands(self) -> str:
        """Where it stands, for people: a job that trains is done when its run is over, even in vain."""
        return self.run.state if self.run and self.state != JobState.PAUSED else self.state

    @property
    def has_ended(self) -> bool:
        """Whether it will never change again."""
        return JobState(self.state).ended and self.pending == 0

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["run"] = self.run.to_json() if self.run else None
        values["created_at"] = self.created_at.isoformat()
        values["ended_at"] = self.ended_at.isoformat() if self.ended_at else None
        return values | {"elapsed_s": round(self.elapsed_s, 3)}


def view_job(session: Session, job_id: int) -> JobView:
    """Return one job; NotFoundError when there is none of that number."""
    ledger.get_job(session, job_id)
    return view_jobs(session, [job_id])[0]


def view_jobs(session: Session, ids: Sequence[int]) -> list[JobView]:
    """Return jobs of these numbers, as far as there are any, the latest first."""
    query = (
        # a training run is shown under the name of the model that it is to make
        select(Job, Library.name, func.coalesce(Model.name, Run.name))
        .join(Library, Library.id == Job.library_id, isouter=True)
        .join(Model, Model.id == Job.model_id, isouter=True)
        .join(Run, Run.job_id == Job.id, isouter=True)
        .where(Job.id.in_(ids))
        .order_by(Job.id.desc())
    )
    training, workers = view_runs(session, ids), at_work(session, ids)
    return [
        _view(session, job, library, model, training.get(job.id), workers=workers.get(job.id, {}))
        for job, library, model in session.execute(query)
    ]


def _view(
    session: Session,
    job: Job,
    library: str | None,
    model: str,
    run: RunView | None,
    *,
    workers: dict[str, int],
) -> JobView:
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        library=library,
        model=model,
        priority=list(Priority)[job.priority].value,
        scan=job.scan_state,
        total=job.total,
        done=job.done,
        failed=job.failed,
        skipped=job.skipped,
        cancelled=job.cancelled,
        pending=job.pending,
        errors=_errors(session, job, run) if job.failed else {},
        report=job.report,
        fault=job.fault,
        run=run,
        workers=workers,
        schedule=job.options.get("schedule"),
        created_at=job.created_at,
        ended_at=job.ended_at,
    )


def _errors(session: Session, job: Job, run: RunView | None) -> dict[str, int]:
    if run is not None and run.error_code is not None:
        return {run.error_code: 1}
    query = (
        select(Item.error_code, func.count())
        .where(Item.job_id == job.id, Item.state == ItemState.FAILED)
        .group_by(Item.error_code)
        .order_by(func.count().desc())
    )
    return {code: count for code, count in session.execute(query) if code is not None}


def cancel(engine: Engine, job_id: int) -> JobView:
    """Cancel a job: what nobody has begun is not done any more; a training run stops."""
    with transaction(engine) as session:
        if ledger.get_job(session, job_id).kind == JobKind.TRAIN:
            runs.cancel(session, job_id)
        else:
            ledger.cancel(session, job_id)
        return view_job(session, job_id)


def pause(engine: Engine, job_id: int) -> JobView:
    """Let nobody begin further items of a job."""
    with transaction(engine) as session:
        ledger.pause(session, job_id)
        return view_job(session, job_id)


def resume(engine: Engine, job_id: int) -> JobView:
    """Make a job's items claimable again. A scan that was broken off is the caller's to start over."""
    with transaction(engine) as session:
        # whoever goes on with a run need not wait for a reconciler; one that died once too often fails
        if ledger.get_job(session, job_id).kind == JobKind.TRAIN:
            runs.take_back(session, job_id)
    with transaction(engine) as session:
        job = ledger.get_job(session, job_id)
        if job.kind == JobKind.TRAIN and JobState(job.state).ended:
            raise StateError(_why_no_run_goes_on(view_job(session, job_id)))
        ledger.resume(session, job_id)
        scans.forgive(session, job_id)
        return view_job(session, job_id)


def _why_no_run_goes_on(view: JobView) -> str:
    if view.stands == RunState.FAILED:
        return f"job {view.id} failed: `musicai jobs retry {view.id}` tries it again"
    return f"job {view.id} is {view.stands}: `musicai train` starts another run"


def retry(engine: Engine, job_id: int) -> int:
    """Give the failed items of a job, or its failed training run, another try; return how many."""
    with transaction(engine) as session:
        if ledger.get_job(session, job_id).kind == JobKind.TRAIN:
            return runs.retry(session, job_id)
        return ledger.retry(session, job_id)


def needs_scan(view: JobView) -> bool:
    """Whether the folders of a job were not all read."""
    return view.scan == ScanState.OPEN and view.state in ledger.LIVE


def wake(dispatcher: Dispatcher, view: JobView) -> int:
    """Wake workers for what a job has pending; return how many messages that took."""
    if view.kind == JobKind.TRAIN:
        return _call_trainer(dispatcher, view)
    return dispatcher.top_up(WakeUp(view.id, view.library or ""), view.pending) if view.pending else 0


def _call_trainer(dispatcher: Dispatcher, view: JobView) -> int:
    if view.run is None or view.run.state != RunState.WAITING or dispatcher.waiting(names.TRAIN_QUEUE):
        return 0
    dispatcher.call_trainer(TrainCall(view.id, view.model))
    return 1


def read(engine: Engine, job_id: int) -> JobView:
    """Return a job as it stands now."""
    with reading(engine) as session:
        return view_job(session, job_id)


def read_patiently(engine: Engine, job_id: int, say: Callable[[str], None]) -> JobView:
    """Return a job that there is; a catalogue that is away is waited for, and told of."""
    while True:
        try:
            return read(engine, job_id)
        except CatalogueUnavailableError as err:
            say(f"{err}; waiting for it")
        time.sleep(_AWAY_S)


def anything_in_hand(engine: Engine) -> bool:
    """Whether any worker anywhere holds a claim."""
    with reading(engine) as session:
        return session.scalars(select(Claim.id).limit(1)).first() is not None


def open_dispatcher(settings: Settings) -> Dispatcher:
    """Return what sends messages to the configured broker, or to the private one."""
    from musicai.dispatch import open_client  # noqa: PLC0415 -- Celery, which reading needs not

    return Dispatcher(open_client(settings), settings.window)
