"""Stream the audio files behind a URL, as `Walk` does those of a folder."""

from collections.abc import Iterator, Sequence

import xxhash

from musicai.errors import (
    NodeFaultError,
    NotFoundError,
    PermissionDeniedError,
    TrackError,
    UnreadableError,
    VanishedError,
)
from musicai.library.kinds import APPLE_DOUBLE, AUDIO, extension, ignored_kind
from musicai.library.report import WalkReport
from musicai.library.sniff import AMBIGUOUS, HEAD_BYTES, is_apple_double, sniff
from musicai.library.walk import BATCH, FolderBatch, Found, WalkOptions
from musicai.storage.entry import UNKNOWN_SIZE, Entry, Listed
from musicai.storage.opening import storage
from musicai.storage.url import is_safe, join, split


class RemoteWalk:
    """Iterating yields batches; `report` fills while it goes.

    Covers, texts and the like are told by their names alone: to open each would be a request for each, at
    every scan.
    """

    def __init__(self, root: bytes, under: bytes, options: WalkOptions) -> None:
        self.report = WalkReport()
        self._root = root
        self._under = under
        self._options = options
        self._origin, self._prefix = split(root)
        self._inside = self._prefix + b"/" if self._prefix else b""

    def __iter__(self) -> Iterator[FolderBatch]:
        """Read what lies there.

        Raises
        ------
        NotFoundError: nothing is at the start.
        NodeFaultError: the server does not answer, or refuses.
        """
        place = join(self._root, self._under).decode(errors="replace")
        try:
            yield from self._all()
        except VanishedError as err:
            raise NotFoundError(f"nothing can be listed at {place}: {err}") from err
        except PermissionDeniedError as err:
            raise NodeFaultError(f"{place} may not be listed from this node: {err}") from err
        except UnreadableError as err:
            raise NodeFaultError(f"{place} cannot be listed: {err}") from err

    def stalled(self) -> NodeFaultError:
        """Return the error for a server that does not answer."""
        return NodeFaultError(f"{join(self._root, self._under).decode(errors='replace')} does not answer")

    def _all(self) -> Iterator[FolderBatch]:
        server = storage(self._origin)
        start = self._inside + self._under if self._under else self._prefix
        if self._under and (named := server.playlist(start)) is not None:
            yield from self._named(list(named))
        elif self._under and not server.is_folder(start):
            yield self._batch(Listed(self._folder_of(self._under), [Entry(start)], complete=False))
        else:
            yield from map(self._batch, server.walk(start, self._enters))

    def _named(self, paths: Sequence[bytes]) -> Iterator[FolderBatch]:
        """Yield the files of a playlist, those below the root."""
        inside = [Entry(path) for path in paths if path.startswith(self._inside)]
        self.report.ignored["elsewhere"] += len(paths) - len(inside)
        for first in range(0, len(inside), BATCH):
            by_folder: dict[bytes, list[Entry]] = {}
            for entry in inside[first : first + BATCH]:
                by_folder.setdefault(entry.path.rpartition(b"/")[0], []).append(entry)
            for folder, entries in by_folder.items():
                yield self._batch(Listed(folder, entries, complete=False))

    def _folder_of(self, under: bytes) -> bytes:
        return (self._inside + under).rpartition(b"/")[0]

    def _enters(self, path: bytes) -> bool:
        relative = self._relative(path)
        name = relative.rpartition(b"/")[2]
        if self._options.exclude and self._options.exclude.match(relative, name):
            self.report.ignored["excluded"] += 1
            return False
        if not is_safe(relative):
            self.report.ignored["special"] += 1
            return False
        return relative not in self._options.prune

    def _relative(self, path: bytes) -> bytes:
        return path[len(self._inside) :]

    def _batch(self, listed: Listed) -> FolderBatch:
        folder = self._relative(listed.folder) if len(listed.folder) > len(self._prefix) else b""
        if listed.fault:
            self.report.unreadable.add(folder, listed.fault)
        self.report.folders += listed.complete
        self.report.entries += len(listed.entries)
        claiming = [entry for entry in listed.entries if self._claims_audio(entry)]
        found = [_found(self._relative(e.path), e, self._kind) for e in self._known(claiming)]
        return FolderBatch(folder, found, listed.complete)

    @property
    def _kind(self) -> str:
        return storage(self._origin).kind

    def _known(self, entries: list[Entry]) -> Iterator[Entry]:
        """Yield the entries with size and time; a listing on the web does not say them."""
        unknown = [entry.path for entry in entries if entry.size == UNKNOWN_SIZE]
        told = dict(zip(unknown, storage(self._origin).looks(unknown) if unknown else (), strict=True))
        for entry in entries:
            found = told.get(entry.path, entry)
            if isinstance(found, VanishedError):
                self.report.broken_links.add(self._relative(entry.path), str(found))
            elif isinstance(found, TrackError):
                self.report.unreadable.add(self._relative(entry.path), str(found))
            elif found.size == UNKNOWN_SIZE:
                self.report.unreadable.add(
                    self._relative(entry.path), "the server does not say how long it is"
                )
            else:
                yield found

    def _claims_audio(self, entry: Entry) -> bool:
        """Whether the name, or where that says nothing the content, is of audio; counts what is not."""
        relative = self._relative(entry.path)
        name = relative.rpartition(b"/")[2]
        kind = self._refused(entry, relative, name) or self._by_name(entry, name)
        if kind:
            self.report.ignored[kind] += 1
        return not kind

    def _refused(self, entry: Entry, relative: bytes, name: bytes) -> str:
        if self._options.exclude and self._options.exclude.match(relative, name):
            return "excluded"
        if not is_safe(relative):
            return "special"
        if entry.kind == "link":
            return "" if self._options.follow_symlinks else "symlink"
        return entry.kind if entry.kind == "special" else ""

    def _by_name(self, entry: Entry, name: bytes) -> str:
        """Return what a file is counted as that is no audio; empty when it is."""
        by_name, kind = extension(name) in AUDIO, ignored_kind(name)
        if by_name and not name.startswith(APPLE_DOUBLE):
            return ""
        if not by_name and kind != "other":
            return kind
        head = self._head(entry)
        if is_apple_double(head):
            return "system"
        content = sniff(head)
        return "" if by_name or (content is not None and content not in AMBIGUOUS) else kind

    def _head(self, entry: Entry) -> bytes:
        try:
            return storage(self._origin).open(entry.path, HEAD_BYTES).head
        except (VanishedError, PermissionDeniedError):
            return b""


def _found(path: bytes, entry: Entry, kind: str) -> Found:
    tag = xxhash.xxh3_64_hexdigest(entry.tag.encode()) if entry.tag else ""
    return Found(path, entry.size, entry.mtime_ns, kind, tag)
