"""Compare what was found on disk with what the catalogue knows. Reads only."""

# paths are bytes here, which pathlib does not take
# ruff: noqa: PTH116, PTH118

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from musicai.catalogue.files import StoredPath, path_bytes, path_key
from musicai.catalogue.tables import Base
from musicai.errors import PASSING_CODES
from musicai.library.walk import Found
from musicai.states import TrackState

# the tables themselves: rows without the unit of work
_TRACK = Base.metadata.tables["track"]
_PREDICTION = Base.metadata.tables["prediction"]
_ITEM = Base.metadata.tables["item"]


@dataclass(frozen=True)
class Question:
    """What a job wants of each track of one library; a preview has neither job nor, perhaps, model."""

    library_id: int
    root: bytes
    model_id: int
    job_id: int = 0
    whole: bool = False
    force: bool = False


class Known(NamedTuple):
    """What the catalogue knows of a track."""

    id: int
    key: bytes
    size: int
    mtime_ns: int
    device: str
    inode: str
    state: str
    error_code: str | None
    predicted: bool
    queued: bool

    def is_same(self, found: Found) -> bool:
        """Whether the file on disk is the one that was seen before.

        Inodes are compared only on the same device: its number changes when a disk is mounted again.
        """
        same_inode = self.inode == str(found.inode) or self.device != str(found.device)
        return self.size == found.size and self.mtime_ns == found.mtime_ns and same_inode

    def is_stale(self, found: Found) -> bool:
        """Whether an unchanged file's row needs a word: it was missing, or its disk got a new number."""
        return self.state != TrackState.PRESENT or self.device != str(found.device)

    def is_settled(self, question: Question) -> bool:
        """Whether no worker has to look at the unchanged file."""
        failed = self.error_code is not None and self.error_code not in PASSING_CODES
        return not question.force and (self.predicted or failed)


@dataclass
class Plan:
    """What one batch changes in the catalogue."""

    new: list[tuple[StoredPath, Found]] = field(default_factory=list)
    changed: list[tuple[Known, Found]] = field(default_factory=list)
    moved: list[tuple[Known, StoredPath, Found]] = field(default_factory=list)
    stale: list[tuple[Known, Found]] = field(default_factory=list)
    """Unchanged files whose rows were missing or on a disk of another number."""
    waiting: list[int] = field(default_factory=list)
    """Known tracks that a worker has to look at."""
    skipped: int = 0
    failed_before: int = 0
    """How many of the skipped failed in an earlier job."""


def plan(session: Session, question: Question, found: Sequence[Found]) -> Plan:
    """Sort what was found into new, changed, moved and unchanged."""
    result = Plan()
    keyed = {path_key(one.path): one for one in found}
    known = _by_key(session, question, list(keyed))
    fresh = []
    for key, one in keyed.items():
        track = known.get(key)
        if track is None:
            fresh.append((StoredPath.of(one.path), one))
        elif not track.is_same(one):
            result.changed.append((track, one))
        else:
            if track.is_stale(one):
                result.stale.append((track, one))
            _settle(result, question, track)
    if fresh:
        _sort_fresh(session, question, fresh, result)
    return result


def _settle(result: Plan, question: Question, track: Known) -> None:
    if track.queued:
        return  # a scan that starts over: the item counts already
    if track.is_settled(question):
        result.skipped += 1
        result.failed_before += not track.predicted
    else:
        result.waiting.append(track.id)


def _sort_fresh(
    session: Session, question: Question, fresh: list[tuple[StoredPath, Found]], result: Plan
) -> None:
    """Tell files that moved from files that are new."""
    gone = _gone_by_identity(session, question, [one for _, one in fresh])
    for path, one in fresh:
        track = gone.pop(_identity(one), None)
        if track is None:
            result.new.append((path, one))
        else:
            result.moved.append((track, path, one))
            _settle(result, question, track)


def _identity(found: Found) -> tuple[str, str, int, int]:
    return str(found.device), str(found.inode), found.size, found.mtime_ns


def _by_key(session: Session, question: Question, keys: Sequence[bytes]) -> dict[bytes, Known]:
    rows = session.execute(_known(question).where(_TRACK.c.key.in_(keys))).all()
    return {track.key: track for track in map(Known._make, rows)}


def _gone_by_identity(
    session: Session, question: Question, found: Sequence[Found]
) -> dict[tuple[str, str, int, int], Known]:
    """Return tracks that look like the found files and whose own paths are empty now."""
    statement = _known(question).add_columns(_TRACK.c.path, _TRACK.c.raw_path)
    rows = session.execute(statement.where(_TRACK.c.inode.in_([str(one.inode) for one in found]))).all()
    wanted = {_identity(one) for one in found}
    return {
        (row.device, row.inode, row.size, row.mtime_ns): Known(*row[:-2])
        for row in rows
        if (row.device, row.inode, row.size, row.mtime_ns) in wanted
        and is_gone(question.root, row.path, row.raw_path)
    }


def is_gone(root: bytes, text: str, raw: bytes | None) -> bool:
    """Whether nothing is at a track's stored path. A fault of the disk is no proof of that."""
    try:
        os.stat(os.path.join(root, path_bytes(text, raw)))
    except OSError as err:
        return err.errno in (errno.ENOENT, errno.ENOTDIR)
    return False


def _known(question: Question) -> Select[*tuple[Any, ...]]:
    track, prediction, item = _TRACK.c, _PREDICTION.c, _ITEM.c
    answers = [
        prediction.track_id == track.id,
        prediction.model_id == question.model_id,
        # the scan clears the track's hash when the file changes: an old answer is none then
        prediction.audio_hash == track.audio_hash,
    ]
    if question.whole:
        answers.append(prediction.whole.is_(True))
    names = ("id", "key", "size", "mtime_ns", "device", "inode", "state", "error_code")
    return (
        select(*(track[name] for name in names), prediction.id.is_not(None), item.id.is_not(None))
        .outerjoin(_PREDICTION, and_(*answers))
        .outerjoin(_ITEM, and_(item.track_id == track.id, item.job_id == question.job_id))
        .where(track.library_id == question.library_id)
    )
