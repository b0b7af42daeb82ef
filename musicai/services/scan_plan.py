"""Compare what was found on disk with what the catalogue knows. Reads only, and rows only.

A file that moved is told by its old path being empty. That has to be looked at while no transaction is
open, for a server may take a minute to answer: a plan names the paths that it wants to know of.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from musicai.catalogue.files import StoredPath, path_bytes, path_key
from musicai.catalogue.tables import Base
from musicai.errors import PASSING_CODES
from musicai.library.walk import Found
from musicai.library.walks import absent
from musicai.states import TrackState
from musicai.storage.entry import KINDS, S3

# the tables themselves: rows without the unit of work
_TRACK = Base.metadata.tables["track"]
_PREDICTION = Base.metadata.tables["prediction"]
_ITEM = Base.metadata.tables["item"]
_SECOND_NS = 10**9


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
        Behind a URL the ETag decides where there is one; a library that was read through a mount before is
        compared by the second, which is all that servers say.
        """
        if self.size != found.size:
            return False
        same_device, inode = self.device == str(found.device), str(found.inode)
        if same_device and self.device in KINDS and self.inode and inode:
            return self.inode == inode
        if not same_device and not KINDS.isdisjoint((self.device, found.device)):
            return self.mtime_ns // _SECOND_NS == found.mtime_ns // _SECOND_NS
        return self.mtime_ns == found.mtime_ns and (self.inode == inode or not same_device)

    def is_stale(self, found: Found) -> bool:
        """Whether an unchanged file's row needs a word: it was missing, or its disk got a new number."""
        seen = (self.device, self.mtime_ns) == (str(found.device), found.mtime_ns)
        return self.state != TrackState.PRESENT or not seen

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
    """Unchanged files whose rows were missing, or say another disk or time."""
    waiting: list[int] = field(default_factory=list)
    """Known tracks that a worker has to look at."""
    skipped: int = 0
    failed_before: int = 0
    """How many of the skipped failed in an earlier job."""
    unlooked: list[bytes] = field(default_factory=list)
    """Paths that files may have moved away from, and nobody looked at: the plan is none before."""


class Attempt(Protocol):
    """A plan, or what was made of it."""

    @property
    def unlooked(self) -> Sequence[bytes]:
        """Paths of the library that have to be looked at before; nothing was made of the plan then."""
        ...


A = TypeVar("A", bound=Attempt)


def in_full(root: bytes, attempt: Callable[[Mapping[bytes, bool]], A]) -> A:
    """Attempt a plan that knows what moved: once more with what is at the paths that it names.

    Parameters
    ----------
    attempt: plans in a transaction; told of paths of the library whether nothing is there.

    Raises
    ------
    NodeFaultError: the server of the library does not answer.
    """
    looked: dict[bytes, bool] = {}
    while unlooked := (result := attempt(looked)).unlooked:
        gone = absent(root, unlooked)
        looked |= {path: path in gone for path in unlooked}
    return result


def plan(
    session: Session, question: Question, found: Sequence[Found], looked: Mapping[bytes, bool]
) -> Plan:
    """Sort what was found into new, changed, moved and unchanged.

    Parameters
    ----------
    looked: paths of the library, and whether nothing is there.
    """
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
        _sort_fresh(session, question, fresh, looked, result)
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
    session: Session,
    question: Question,
    fresh: list[tuple[StoredPath, Found]],
    looked: Mapping[bytes, bool],
    result: Plan,
) -> None:
    """Tell files that moved from files that are new."""
    alike = _alike(session, question, [one for _, one in fresh])
    result.unlooked = [path for path in alike if path not in looked]
    gone = dict(pair for path, pair in alike.items() if looked.get(path))
    for path, one in fresh:
        track = gone.pop(_identity(one), None)
        if track is None:
            result.new.append((path, one))
        else:
            result.moved.append((track, path, one))
            _settle(result, question, track)


def _identity(found: Found) -> tuple[str, str, int, int]:
    return _of_content(str(found.device), str(found.inode), found.size, found.mtime_ns)


def _of_content(device: str, inode: str, size: int, mtime_ns: int) -> tuple[str, str, int, int]:
    """Return what stays when a file is renamed; in S3, where that is a copy, the time does not."""
    return device, inode, size, 0 if device == S3 else mtime_ns


def _can_be_followed(found: Found) -> bool:
    # on the web equal ETags prove nothing: many are made of size and time
    return found.device not in KINDS or (found.device == S3 and bool(found.inode))


def _by_key(session: Session, question: Question, keys: Sequence[bytes]) -> dict[bytes, Known]:
    rows = session.execute(_known(question).where(_TRACK.c.key.in_(keys))).all()
    return {track.key: track for track in map(Known._make, rows)}


def _alike(
    session: Session, question: Question, found: Sequence[Found]
) -> dict[bytes, tuple[tuple[str, str, int, int], Known]]:
    """Return, by path, tracks that look like the found files: these may have been moved away from there."""
    wanted = {_identity(one) for one in found if _can_be_followed(one)}
    if not wanted:
        return {}
    statement = _known(question).add_columns(_TRACK.c.path, _TRACK.c.raw_path)
    rows = session.execute(statement.where(_TRACK.c.inode.in_([inode for _, inode, *_ in wanted]))).all()
    alike = {}
    for *known, path, raw in rows:
        track = Known(*known)
        identity = _of_content(track.device, track.inode, track.size, track.mtime_ns)
        if identity in wanted:
            alike[path_bytes(path, raw)] = identity, track
    return alike


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
