"""Stream the audio files of a folder. Paths are bytes; memory does not depend on the number of files."""

# paths are bytes here, which pathlib does not take
# ruff: noqa: PTH116, PTH118, PTH120

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from musicai.errors import NodeFaultError, NotFoundError
from musicai.library.exclude import Excludes
from musicai.library.kinds import APPLE_DOUBLE, AUDIO, extension, ignored_kind
from musicai.library.report import WalkReport
from musicai.library.sniff import AMBIGUOUS, is_apple_double, read_head, sniff

BATCH = 1000
_LATEST_NS = 2**63 - 1
"""The year 2262: what a database's whole number holds. Damaged file systems promise later ones."""
_GONE = (errno.ENOENT, errno.ENOTDIR)


class Found(NamedTuple):
    """One file that claims to be audio, and what tells whether it changed."""

    path: bytes
    """Relative to the library's root."""
    size: int
    mtime_ns: int
    device: int | str
    """The disk's number, or the kind of server."""
    inode: int | str
    """Behind a URL a digest of the ETag, empty where there is none."""


class FolderBatch(NamedTuple):
    """Some of the audio files of one folder."""

    folder: bytes
    """Relative to the library's root; empty for the root itself."""
    found: list[Found]
    complete: bool
    """Whether the folder was read to its end with this batch."""


@dataclass(frozen=True)
class WalkOptions:
    """What to leave out and what to follow."""

    exclude: Excludes = field(default_factory=lambda: Excludes(()))
    follow_symlinks: bool = False
    prune: frozenset[bytes] = frozenset()
    """Folders, relative to the root, that belong to another library."""


class Walk:
    """Iterating yields batches; `report` fills while it goes."""

    def __init__(self, root: bytes, under: bytes, options: WalkOptions) -> None:
        self.report = WalkReport()
        self._root = root
        self._under = under
        self._options = options
        self._pending: list[bytes] = []
        # Links wait until every real folder was read, so that a file keeps its real path.
        self._links: deque[bytes] = deque()
        self._seen: set[tuple[int, int]] = set()
        self._read_to_end = True
        self._at = under

    def stalled(self) -> NodeFaultError:
        """Return what to say when the storage does not answer."""
        return NodeFaultError(
            f"the storage does not answer, in the folder {os.fsdecode(self._absolute(self._at))!r}:"
            " look at its disk or its network mount, or leave the folder out (--exclude)"
        )

    def __iter__(self) -> Iterator[FolderBatch]:
        """Read folder by folder; NotFoundError when the start does not exist."""
        start = self._absolute(self._under)
        try:
            status = os.stat(start)
        except OSError as err:
            raise NotFoundError(f"{os.fsdecode(start)!r} cannot be read: {err.strerror}") from err
        if not stat.S_ISDIR(status.st_mode):
            yield self._single(status)
            return
        self._pending.append(self._under)
        while self._pending or self._links:
            folder = self._pending.pop() if self._pending else self._links.popleft()
            if self._is_first_visit(folder):
                yield from self._folder(folder)

    def _absolute(self, relative: bytes) -> bytes:
        return os.path.join(self._root, relative) if relative else self._root

    def _single(self, status: os.stat_result) -> FolderBatch:
        folder, _, name = self._under.rpartition(b"/")
        if stat.S_ISREG(status.st_mode):
            claims = self._claims_audio(self._under, name)
            return FolderBatch(folder, [_found(self._under, status)] if claims else [], complete=False)
        self.report.ignored["special"] += 1
        return FolderBatch(folder, [], complete=False)

    def _folder(self, folder: bytes) -> Iterator[FolderBatch]:
        found: list[Found] = []
        self._at = folder
        self.report.folders += 1
        self._read_to_end = False
        prefix = folder + b"/" if folder else b""
        for entry in self._entries(folder):
            if (one := self._look_at(entry, prefix + entry.name)) is not None:
                found.append(one)
                if len(found) == BATCH:
                    yield FolderBatch(folder, found, complete=False)
                    found = []
        yield FolderBatch(folder, found, complete=self._read_to_end)

    def _entries(self, folder: bytes) -> "Iterator[os.DirEntry[bytes]]":
        try:
            with os.scandir(self._absolute(folder)) as entries:
                yield from entries
            self._read_to_end = True
        except OSError as err:
            if err.errno not in _GONE:
                self.report.unreadable.add(folder, err.strerror or str(err))

    def _look_at(self, entry: "os.DirEntry[bytes]", path: bytes) -> Found | None:
        """Return a candidate, put a folder on the list, count anything else."""
        self.report.entries += 1
        if self._options.exclude and self._options.exclude.match(path, entry.name):
            self.report.ignored["excluded"] += 1
        elif entry.is_file(follow_symlinks=False):
            return self._file(entry, path)
        elif entry.is_dir(follow_symlinks=False):
            self._enter(path)
        elif entry.is_symlink():
            return self._link(entry, path)
        else:
            self.report.ignored["special"] += 1
        return None

    def _enter(self, path: bytes) -> None:
        if path not in self._options.prune:
            self._pending.append(path)

    def _file(self, entry: "os.DirEntry[bytes]", path: bytes) -> Found | None:
        if not self._claims_audio(path, entry.name):
            return None
        try:
            return _found(path, entry.stat(follow_symlinks=False))
        except OSError as err:
            if err.errno not in _GONE:
                self.report.unreadable.add(path, err.strerror or str(err))
            return None

    def _claims_audio(self, path: bytes, name: bytes) -> bool:
        """Whether the name or the content says audio; counts the file when neither does."""
        by_name = extension(name) in AUDIO
        if by_name and not name.startswith(APPLE_DOUBLE):
            return True
        head = read_head(self._absolute(path))
        if is_apple_double(head):
            self.report.ignored["system"] += 1
            return False
        kind, content = ignored_kind(name), sniff(head)
        if by_name or (content is not None and not (content in AMBIGUOUS and kind == "video")):
            return True
        self.report.ignored[kind] += 1
        return False

    def _link(self, entry: "os.DirEntry[bytes]", path: bytes) -> Found | None:
        if not self._options.follow_symlinks:
            self.report.ignored["symlink"] += 1
            return None
        try:
            target = entry.stat()
        except OSError as err:
            self._note_bad_link(path, err)
            return None
        if stat.S_ISREG(target.st_mode):
            return _found(path, target) if self._claims_audio(path, entry.name) else None
        if stat.S_ISDIR(target.st_mode):
            self._links.append(path)
        else:
            self.report.ignored["special"] += 1
        return None

    def _note_bad_link(self, path: bytes, err: OSError) -> None:
        reason = err.strerror or str(err)
        if err.errno == errno.ELOOP:
            self.report.loops.add(path, reason)
        elif err.errno in _GONE:
            self.report.broken_links.add(path, reason)
        else:
            self.report.unreadable.add(path, reason)

    def _is_first_visit(self, folder: bytes) -> bool:
        """Whether a folder was not read yet; only links can lead to one twice."""
        if not self._options.follow_symlinks:
            return True
        try:
            status = os.stat(self._absolute(folder))
        except OSError:
            return True  # reading it will say why
        identity = (status.st_dev, status.st_ino)
        if identity not in self._seen:
            self._seen.add(identity)
            return True
        self._note_repeated(folder)
        return False

    def _note_repeated(self, folder: bytes) -> None:
        absolute = self._absolute(folder)
        target, parent = os.path.realpath(absolute), os.path.realpath(os.path.dirname(absolute))
        if (parent + b"/").startswith(target.rstrip(b"/") + b"/"):
            self.report.loops.add(folder, f"leads back to {os.fsdecode(target)!r}")
        else:
            self.report.ignored["repeated"] += 1


def _found(path: bytes, status: os.stat_result) -> Found:
    mtime_ns = max(-_LATEST_NS, min(status.st_mtime_ns, _LATEST_NS))
    return Found(path, status.st_size, mtime_ns, status.st_dev, status.st_ino)
