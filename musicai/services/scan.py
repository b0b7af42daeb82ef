"""Merge what is on disk into the catalogue for one job, and give the job the tracks that need work.

Each batch is one short transaction, so that workers begin while the folder is still being read. A scan
that is broken off starts over when its job is resumed: what it wrote stays true.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.orm import Session

from musicai.catalogue import counters, ledger, scans
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import came_to_nothing, reading, transaction
from musicai.config import Mounts
from musicai.errors import CatalogueUnavailableError, StateError
from musicai.library.exclude import Excludes
from musicai.library.in_time import in_time
from musicai.library.mounted import check_mounted, holds_anything
from musicai.library.walk import FolderBatch, Found, WalkOptions
from musicai.library.walks import AnyWalk, is_absent, open_walk
from musicai.services.scan_merge import lock_library, merge, see_folders
from musicai.services.scan_missing import holds_tracks, in_folders, mark_missing, short_folders, under
from musicai.services.scan_options import ScanOptions
from musicai.services.scan_places import Stretch, stretches
from musicai.services.scan_plan import Plan, Question, in_full, plan
from musicai.services.scan_report import ScanProgress, Tally, shown
from musicai.services.schedules import idle
from musicai.states import JobState, TrackOutcome

_LEAST_FILES, _MOST_FILES = 64, 8192
_MOST_FOLDERS = 1000
_MERGE_S = 0.1
"""How long a transaction should take: long enough to be worth its overhead, too short to be waited for."""
_FLUSH_S = 1.0
"""A slow disk must not keep workers waiting for a full group."""
PATIENCE_S = 60.0
"""A disk that gives nothing for so long does not answer."""


@dataclass
class Group:
    """Batches of folders that are merged in one transaction."""

    batches: list[FolderBatch] = field(default_factory=list)
    files: int = 0

    def add(self, batch: FolderBatch) -> None:
        """Take one more."""
        self.batches.append(batch)
        self.files += len(batch.found)

    @property
    def found(self) -> list[Found]:
        """Every file of the group."""
        return [one for batch in self.batches for one in batch.found]


def grouped(walk: AnyWalk) -> Iterator[Group]:
    """Join small folders; the first group is small, for workers wait."""
    limit = _LEAST_FILES
    group, since = Group(), time.monotonic()
    for batch in walk:
        group.add(batch)
        slow = time.monotonic() - since > _FLUSH_S
        if group.files >= limit or len(group.batches) >= _MOST_FOLDERS or slow:
            begin = time.monotonic()
            yield group
            group, since = Group(), time.monotonic()
            quick = since - begin < _MERGE_S
            limit = min(2 * limit, _MOST_FILES) if quick else max(limit // 2, _LEAST_FILES)
    yield group


def grouped_in_time(walk: AnyWalk, patience_s: float = PATIENCE_S) -> Iterator[Group]:
    """Yield the groups of a walk; NodeFaultError when its storage does not answer."""
    return in_time(grouped(walk), patience_s, lambda: walk.report.entries, walk.stalled)


def walk_options(stretch: Stretch, options: ScanOptions) -> WalkOptions:
    """Return how to walk a stretch."""
    return WalkOptions(Excludes(options.exclude), options.follow_symlinks, stretch.prune)


def scan(
    engine: Engine,
    job_id: int,
    on_batch: Callable[[ScanProgress], None],
    should_stop: Callable[[], bool],
    mounts: Mounts | None = None,
    *,
    patience_s: float = PATIENCE_S,
) -> None:
    """Scan the targets of a job; when asked to stop, leave its scan open.

    Parameters
    ----------
    on_batch: called after each commit, outside of any transaction.
    should_stop: asked before each batch.
    mounts: where this node finds libraries (`Settings.mounts`).
    patience_s: how long a storage may keep it waiting for the next entry of a folder.

    Raises
    ------
    NotFoundError: the folder of a library is not there; nothing was marked missing.
    NodeFaultError: the disk of a library was taken away meanwhile, or does not answer.
    CatalogueUnavailableError: the database went away.
    """
    with reading(engine) as session:
        job = ledger.get_job(session, job_id)
        options, model_id = ScanOptions.from_json(job.options), job.model_id
        if model_id is None:
            raise StateError(f"job {job_id} trains a model: it has no folder to scan")
        scanner = ledger.scanner_of(job)
    places = stretches(engine, options.targets, mounts or {})
    tally = Tally()
    for place in places:
        question = Question(place.library_id, place.root, model_id, job_id, options.whole, options.force)
        stretch_scan = _StretchScan(
            engine, question, place, tally, scanner, on_batch, should_stop, patience_s
        )
        if not stretch_scan.run(options):
            return
    with transaction(engine) as session:
        if ledger.scanner_of(ledger.get_job(session, job_id, lock=True)) == scanner:
            ledger.finish_scan(session, job_id, tally.to_json())
            scans.end(session, job_id)
            idle.forget_former(session, job_id)


@dataclass(frozen=True)
class _Merged:
    """What came of the merge of a group.

    Parameters
    ----------
    short: folders that hold fewer files than tracks.
    refused: whether the job was ended meanwhile, or somebody else scans it.
    """

    plan: Plan
    items: int = 0
    short: list[int] = field(default_factory=list)
    refused: bool = False

    @property
    def unlooked(self) -> list[bytes]:
        """Paths that have to be looked at before anything is merged."""
        return self.plan.unlooked


@dataclass
class _StretchScan:
    """The scan of one part of one library."""

    engine: Engine
    question: Question
    place: Stretch
    tally: Tally
    scanner: str | None
    on_batch: Callable[[ScanProgress], None]
    should_stop: Callable[[], bool]
    patience_s: float
    counts: dict[bytes, int] = field(default_factory=dict)
    """Files found so far in folders that are not read to their end."""
    was_there: bool = False
    """Whether the root held anything when the scan began: empty later, its disk was taken away."""

    def run(self, options: ScanOptions) -> bool:
        """Walk, merge, and look for what is gone; False when asked to stop."""
        self.was_there = holds_anything(self.place.root)
        if self.place.under and is_absent(self.place.root, self.place.under):
            return self._note_gone()
        walk = open_walk(self.place.root, self.place.under, walk_options(self.place, options))
        self.tally.walks.append(walk.report)
        for group in grouped_in_time(walk, self.patience_s):
            if self.should_stop() or not self._commit(group):
                return False
            folder = group.batches[-1].folder if group.batches else b""
            self.on_batch(self._progress(folder))
        self._sweep(walk, options)
        return not self.should_stop()

    def _commit(self, group: Group) -> bool:
        """Merge a group; False when the job was ended meanwhile, or somebody else scans it."""
        merged = in_full(self.question.root, partial(self._try_again, group))
        if merged.refused:
            return False
        self.tally.add(merged.plan, group.files)
        self.tally.items += merged.items
        if merged.short:
            self.tally.missing += self._mark(merged.short)
        return True

    def _try_again(self, group: Group, looked: Mapping[bytes, bool]) -> _Merged:
        try:
            return self._try(group, looked)
        except CatalogueUnavailableError as err:
            # PostgreSQL ends one of two writers that wait for each other's rows. A merge that may have
            # been committed must not be done again: what it skipped would count twice
            if not came_to_nothing(err):
                raise
            return self._try(group, looked)

    def _try(self, group: Group, looked: Mapping[bytes, bool]) -> _Merged:
        question = self.question
        counts = self.counts.copy()
        with transaction(self.engine) as session:
            lock_library(session, question.library_id)
            result = plan(session, question, group.found, looked)
            if result.unlooked:
                return _Merged(result)
            folder_ids = self._see(session, group)
            work = merge(session, question.library_id, result, folder_ids)
            # last, and with its row held: a job that is cancelled must not get new items
            job = ledger.get_job(session, question.job_id, lock=True)
            ended = job.state in (JobState.CANCELLED, JobState.DONE)
            if ended or ledger.scanner_of(job) != self.scanner:
                return _Merged(result, refused=True)
            items = ledger.add_items(session, question.job_id, work)
            ledger.add_skipped(session, question.job_id, result.skipped)
            read = _count(group, counts)
            short = short_folders(session, {folder_ids[path]: n for path, n in read.items()})
            skipped: counters.Sums = {(CounterName.TRACKS, TrackOutcome.SKIPPED): result.skipped}
            counters.add(session, socket.gethostname(), skipped)
        self.counts = counts
        return _Merged(result, items, short)

    def _see(self, session: Session, group: Group) -> dict[bytes, int]:
        """Return the ids of the group's folders that hold audio."""
        folders = {batch.folder for batch in group.batches if batch.found or batch.folder in self.counts}
        return see_folders(session, self.question.library_id, self.question.job_id, list(folders))

    def _mark(self, folder_ids: list[int]) -> int:
        return self._mark_missing(in_folders(folder_ids))

    def _mark_missing(self, condition: ColumnElement[bool]) -> int:
        root = self.place.root
        return mark_missing(self.engine, root, condition, self.should_stop, self._check_disk)

    def _check_disk(self) -> None:
        if self.was_there:
            check_mounted(self.place.name, self.place.root)

    def _note_gone(self) -> bool:
        """Mark what lay below a folder that was deleted since somebody named it."""
        check_mounted(self.place.name, self.place.root)
        self.tally.warnings.append(f"{shown(self.place.under)!r} of library {self.place.name!r} is gone")
        self.tally.missing += self._mark_missing(under(self.question.library_id, self.place.under))
        return not self.should_stop()

    def _sweep(self, walk: AnyWalk, options: ScanOptions) -> None:
        """Look for the tracks of folders that the walk did not come by."""
        library_id, path = self.question.library_id, self.place.under
        if not path and walk.report.entries == 0 and not options.force and self._has_tracks():
            self.tally.warnings.append(
                f"library {self.place.name!r} is empty but had tracks: is its disk mounted?"
                " Nothing was marked missing; enqueue with --force if they are really gone"
            )
            return
        condition = under(library_id, path, unseen_by=self.question.job_id)
        self.tally.missing += self._mark_missing(condition)

    def _has_tracks(self) -> bool:
        with reading(self.engine) as session:
            return holds_tracks(session, self.question.library_id)

    def _progress(self, folder: bytes) -> ScanProgress:
        tally = self.tally
        ignored = tally.ignored.total()
        return ScanProgress(
            self.place.name, shown(folder), tally.found, tally.items, tally.skipped, ignored
        )


def _count(group: Group, counts: dict[bytes, int]) -> dict[bytes, int]:
    """Return how many files the folders hold that ended in this group; keep the count of an open one."""
    ended = {}
    for batch in group.batches:
        count = counts.pop(batch.folder, 0) + len(batch.found)
        if batch.complete and count:
            ended[batch.folder] = count
        elif not batch.complete and count:
            counts[batch.folder] = count
    return ended
