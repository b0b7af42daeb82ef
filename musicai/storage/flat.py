"""Folders out of a flat listing: keys come in the order of their bytes, so that folders open and close."""

from collections.abc import Iterable, Iterator

from musicai.storage.entry import Entry, Listed
from musicai.storage.storage import Enters


def by_folder(pages: Iterable[list[Entry]], top: bytes, enters: Enters) -> Iterator[Listed]:
    """Yield the entries of each folder; only those that are open are remembered.

    A server that lists in another order only costs time: a folder that closes too early has its tracks
    looked at one by one before any is called gone.
    """
    stack = _Stack(top, enters)
    for page in pages:
        yield from stack.take(page)
    yield from stack.close(0)


class _Stack:
    """The folders that the listing is in, outermost first."""

    def __init__(self, top: bytes, enters: Enters) -> None:
        self._folders = [top]
        self._enters = enters
        self._shut: bytes | None = None
        """A folder that is not entered; its keys are passed over."""

    def take(self, page: list[Entry]) -> Iterator[Listed]:
        """Sort a page into folders."""
        run: list[Entry] = []
        for entry in page:
            folder = entry.path.rpartition(b"/")[0]
            if folder != self._folders[-1]:
                if run:
                    yield Listed(self._folders[-1], run, complete=False)
                    run = []
                if not self._is_shut(folder):
                    yield from self._go_to(folder)
            if folder == self._folders[-1]:
                run.append(entry)
        if run:
            yield Listed(self._folders[-1], run, complete=False)

    def close(self, depth: int) -> Iterator[Listed]:
        """End all folders but the outermost `depth` ones."""
        while len(self._folders) > depth:
            yield Listed(self._folders.pop(), [], complete=True)

    def _is_shut(self, folder: bytes) -> bool:
        return self._shut is not None and (folder + b"/").startswith(self._shut + b"/")

    def _go_to(self, folder: bytes) -> Iterator[Listed]:
        depth = next(k + 1 for k in reversed(range(len(self._folders))) if _holds(self._folders[k], folder))
        yield from self.close(depth)
        while self._folders[-1] != folder:
            inner = _step(self._folders[-1], folder)
            if not self._enters(inner):
                self._shut = inner
                return
            self._folders.append(inner)


def _holds(outer: bytes, folder: bytes) -> bool:
    return not outer or (folder + b"/").startswith(outer + b"/")


def _step(outer: bytes, folder: bytes) -> bytes:
    """Return the folder directly below `outer` on the way to another one."""
    start = len(outer) + 1 if outer else 0
    end = folder.find(b"/", start)
    return folder if end < 0 else folder[:end]
