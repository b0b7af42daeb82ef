"""Reading the folders of a job under a lease: one process at a time, and none that is dead for long."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue import scans
from musicai.catalogue.heartbeat import Heartbeat, Standing
from musicai.catalogue.session import transaction
from musicai.config import Settings
from musicai.errors import (
    CatalogueOutdatedError,
    MusicAIError,
    NodeFaultError,
    NotFoundError,
    TransientError,
)
from musicai.logs.masking import unforeseen
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.jobs import JobView
from musicai.services.scan import scan
from musicai.services.scan_report import ScanProgress


@dataclass(frozen=True)
class HeldScan:
    """A scan in the hands of this process."""

    engine: Engine
    settings: Settings
    job_id: int
    heartbeat: Heartbeat

    def read(
        self,
        on_batch: Callable[[ScanProgress, JobView], None],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Scan until the end, or until the job is paused, cancelled or another's, or `stopping` says so.

        Raises
        ------
        NotFoundError: a library or a folder is not there.
        NodeFaultError: the disk of a library is not mounted here, was taken away meanwhile, or does not
            answer.
        """
        scan(
            self.engine,
            self.job_id,
            lambda progress: on_batch(progress, jobs.read(self.engine, self.job_id)),
            lambda: stopping() or not self._is_wanted(),
            self.settings.mounts,
            patience_s=self.settings.item_timeout_s,
        )

    def _is_wanted(self) -> bool:
        ours = self.heartbeat.standing is Standing.OURS
        return ours and jobs.needs_scan(jobs.read(self.engine, self.job_id))


@contextmanager
def held_scan(
    engine: Engine,
    settings: Settings,
    holder: ProcessIdentity,
    *,
    only: int | None = None,
    shunned: Sequence[int] = (),
) -> Iterator[HeldScan | None]:
    """Claim a scan, show signs of life while it is read, and give it back; None when there is none.

    What passes, or another node may not have, leaves the scan waiting; any other error of MusicAI waits for
    a person; what nobody foresaw counts like the death of a process: it may be this node's, but a scan
    that always fails must come to an end.

    Parameters
    ----------
    only: the job that is meant; otherwise the most urgent one.
    shunned: jobs whose folders this node does not find at the moment.
    """
    with transaction(engine) as session:
        if only is not None:
            scans.offer(session, only)
        job_id = scans.claim(session, holder, settings.lease_s, only=only, shunned=shunned)
    if job_id is None:
        yield None
        return
    fault, deaths = None, 0
    try:
        with _beating(engine, settings, job_id, holder) as heartbeat:
            yield HeldScan(engine, settings, job_id, heartbeat)
    except (NodeFaultError, NotFoundError) as err:
        fault = f"{holder.host}: {err}"
        raise
    except (TransientError, CatalogueOutdatedError):
        raise
    except MusicAIError as err:
        fault, deaths = str(err), scans.DEATHS
        raise
    except Exception as err:
        fault, deaths = f"internal error: {unforeseen(err, settings)}", 1
        raise
    finally:
        with transaction(engine) as session:
            scans.release(session, job_id, holder, fault, deaths)


def _beating(engine: Engine, settings: Settings, job_id: int, holder: ProcessIdentity) -> Heartbeat:
    def renew(session: Session) -> Standing:
        return scans.renew(session, job_id, holder, settings.lease_s)

    return Heartbeat(engine, renew, settings.lease_s, f"the scan of job {job_id}")
