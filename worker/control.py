"""Tasks on the queue `control`."""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

from musicai import names
from musicai.errors import NodeFaultError
from musicai.messages import FiringCall, ScanCall
from musicai.services.housekeeping import Housekeeping
from musicai.services.scan_work import ScanWork
from musicai.services.schedules.reconciling import note_reconciled
from musicai.services.schedules.rescan import start_rescan
from worker.base import CatalogueTask
from worker.celery import app
from worker.classify import ClassifyTask
from worker.stopping import is_stopping

log = logging.getLogger(__name__)

_PASS_ON_S = 3
_PASSES = 5
"""How often a message goes on when nodes lack what it is about; the reconciler sends another one."""
_MONTH_S = 31 * 24 * 3600
_LONG = {
    # acknowledged when it begins: the broker would deliver a message again whose scan takes longer than
    # its patience; the lease in the catalogue says who reads, and the reconciler calls the next one
    "acks_late": False,
    # the worker's own limit of an hour would kill the scan of a large and slow disk
    "time_limit": _MONTH_S,
}


class ScanTask(ClassifyTask):
    """Keeps which folders this process does not find."""

    abstract = True
    # passed on a few times instead: retried for as long as a disk is away, one message of each minute
    # would go round for ever
    dont_autoretry_for = (NodeFaultError,)

    @cached_property
    def scan_work(self) -> ScanWork:
        """What this process needs to read folders."""
        alone = self.settings.concurrency == 1
        return ScanWork(
            self.engine,
            self.settings,
            self.holder.process,
            self.dispatcher,
            is_stopping,
            meanwhile=self.classify_some if alone else None,
        )

    def classify_some(self) -> None:
        """Classify for about two seconds; what this node lacks for that, the job says."""
        try:
            self.work.run()
        except NodeFaultError as err:
            log.warning("%s", err)

    def read_one(self) -> str:
        """Read the folders of the most urgent job that waits for it, and call somebody for the next."""
        job_id = self.passed_on(self.scan_work.run)
        if job_id is None:
            return "nothing waits"
        self.scan_work.call_next()
        return f"job {job_id}"

    def passed_on(self, action: Callable[[], int | None]) -> int | None:
        """Do something; when this node lacks what it takes, the message goes on to another one."""
        try:
            return action()
        except NodeFaultError as err:
            raise self.retry(exc=err, countdown=_PASS_ON_S, max_retries=_PASSES) from err


class ReconcileTask(CatalogueTask):
    """Keeps when this process last looked at the files of its node."""

    abstract = True

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """What this process needs to look after things."""
        return Housekeeping(self.engine, self.settings, self.dispatcher)


@app.task(name=names.RECONCILE_TASK, base=ReconcileTask, bind=True)  # type: ignore[untyped-decorator]
def reconcile(self: ReconcileTask, **kwargs: Any) -> str:
    """Put back what dead workers held, wake jobs that nobody works on, retire what is old.

    Safe to run any number of times: it compares rows with the world and changes what is wrong.
    """
    mended = self.housekeeping.run()
    note_reconciled(self.engine, kwargs, mended)
    return str(mended)


@app.task(name=names.SCAN_TASK, base=ScanTask, bind=True, **_LONG)  # type: ignore[untyped-decorator]
def scan(self: ScanTask, **kwargs: Any) -> str:
    """Read the folders of the most urgent job whose scan waits.

    Safe to deliver twice, late or never: who reads what is claimed in the catalogue.
    """
    ScanCall.from_kwargs(kwargs)
    return self.read_one()


@app.task(name=names.RESCAN_TASK, base=ScanTask, bind=True, **_LONG)  # type: ignore[untyped-decorator]
def rescan(self: ScanTask, **kwargs: Any) -> str:
    """Make the job of a firing, and read folders.

    Safe to deliver twice, late or never: a firing is taken up once, with its job in the same transaction.
    """
    call = FiringCall.from_kwargs(kwargs)
    self.passed_on(lambda: start_rescan(self.engine, self.settings, call.firing))
    return self.read_one()
