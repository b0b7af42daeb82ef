"""Housekeeping: what has served its time goes, from the catalogue and from the disk of this node.

No answer changes by it: totals, failed tracks, predictions, corrections, models and their audit trail stay.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai.catalogue import retention
from musicai.catalogue.ledger import storable
from musicai.catalogue.retention import Place, Rows
from musicai.catalogue.session import reading, shared_now, transaction
from musicai.config import Settings
from musicai.services.node_files import Leftover, leftover_files

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tidied:
    """What was deleted, or would be."""

    dry_run: bool
    """Whether it was only counted."""
    items: int
    """Rows of tracks that ended jobs classified or cancelled."""
    epochs: int
    """Rows of epochs of runs that failed or were cancelled."""
    firings: int
    """Rows of times that schedules fired."""
    checkpoints: int
    """Files of runs that have ended, on this node."""
    checkpoint_bytes: int
    """Their size."""
    copies: int
    """Copies of models that are not in the store any more, on this node."""
    copy_bytes: int
    """Their size."""
    left: Sequence[str]
    """Files and folders that this process may not look at or delete, each with why."""

    def to_json(self) -> dict[str, object]:
        """Return the object that `--json` prints."""
        return {**self.__dict__, "left": list(self.left)}


def tidy(
    engine: Engine, settings: Settings, report: Callable[[int, int], None], *, dry_run: bool
) -> Tidied:
    """Delete everything that is due, the rows in small batches; or only count it.

    Parameters
    ----------
    report: told how many rows are gone so far, and of how many.

    Raises
    ------
    CatalogueUnavailableError: what was deleted before stays deleted.
    NodeFaultError: the model store cannot be reached; nothing was deleted.
    """
    left: list[str] = []

    def complain(path: Path, err: OSError) -> None:
        left.append(storable(f"{path}: {err.strerror}"))

    files = list(leftover_files(engine, settings, complain))
    rows = due = _counted(engine, settings)
    if not dry_run:
        rows = Rows()
        for batch in _batches(engine, settings):
            rows += batch
            report(rows.total, due.total)
        files = [file for file in files if file.delete(complain)]
    return _sum(rows, files, left, dry_run=dry_run)


def tidy_a_little(engine: Engine, settings: Settings, seconds: float) -> Rows:
    """Delete rows for so long at most; the rest is for the next time."""
    deadline, rows = time.monotonic() + seconds, Rows()
    for batch in _batches(engine, settings):
        rows += batch
        if time.monotonic() > deadline:
            break
    return rows


def tidy_files(engine: Engine, settings: Settings) -> int:
    """Delete the files of this node that are due; return how many bytes that were."""
    files = list(leftover_files(engine, settings, _log))
    return sum(file.size for file in files if file.delete(_log))


def _log(path: Path, err: OSError) -> None:
    log.warning("%s stays: %s", path, err.strerror)


def with_days(settings: Settings, items: int | None, firings: int | None, files: int | None) -> Settings:
    """Return settings with other numbers of days, where some are given."""
    return replace(
        settings,
        keep_items_days=settings.keep_items_days if items is None else items,
        keep_firings_days=settings.keep_firings_days if firings is None else firings,
        keep_files_days=settings.keep_files_days if files is None else files,
    )


def _counted(engine: Engine, settings: Settings) -> Rows:
    with reading(engine) as session:
        return retention.count(session, *_limits(session, settings))


def _batches(engine: Engine, settings: Settings) -> Iterator[Rows]:
    """Delete batch by batch, each in a transaction of its own; yield what went, were it nothing."""
    with reading(engine) as session:
        jobs_before, firings_before = _limits(session, settings)
    place = None if jobs_before is None else Place()
    while jobs_before is not None and place is not None:
        with transaction(engine) as session:
            rows, place = retention.retire_jobs(session, jobs_before, place)
        yield rows
    while firings_before is not None:
        with transaction(engine) as session:
            firings = retention.retire_firings(session, firings_before)
        if not firings:
            return
        yield Rows(firings=firings)


def _limits(session: Session, settings: Settings) -> tuple[datetime | None, datetime | None]:
    moment = shared_now(session)
    return _before(moment, settings.keep_items_days), _before(moment, settings.keep_firings_days)


def _before(moment: datetime, days: int) -> datetime | None:
    return moment - timedelta(days=days) if days else None


def _sum(rows: Rows, files: list[Leftover], left: Sequence[str], *, dry_run: bool) -> Tidied:
    copies = [file for file in files if file.is_copy]
    checkpoints = [file for file in files if not file.is_copy]
    return Tidied(
        dry_run=dry_run,
        items=rows.items,
        epochs=rows.epochs,
        firings=rows.firings,
        checkpoints=len(checkpoints),
        checkpoint_bytes=sum(file.size for file in checkpoints),
        copies=len(copies),
        copy_bytes=sum(file.size for file in copies),
        left=left,
    )
