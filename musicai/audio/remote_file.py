"""A file behind a URL: the ranges that a decoder asks for, or all of it where it would ask for all.

Formats that say where each second lies are read in ranges, with blocks kept in memory. MPEG audio and the
like have to be read from the start to find a place: they are copied to this machine, into a nameless file.
"""

import errno
import tempfile
from collections import OrderedDict
from typing import IO, Never

from musicai.audio.copied import MOST_COPIED, is_copied
from musicai.errors import EmptyFileError, NodeFaultError, TooLargeError, UnreadableError
from musicai.storage.opening import storage
from musicai.storage.storage import patiently
from musicai.storage.url import split

BLOCK = 1 << 16
_MOST_AHEAD = 1 << 20
"""Bytes of one request at most while a decoder reads on and on."""
_LEAST_AHEAD, _SHARE_AHEAD = 1 << 18, 32
"""Of a small file less: what is read ahead at the end of each excerpt is for nothing."""
_KEPT_BLOCKS = 256
"""16 MiB for each worker process."""
_PART = 1 << 22


class RemoteFile:
    """An open file behind a URL.

    Each request names the version that was opened, so that no sound is put together of two.
    """

    def __init__(self, url: bytes) -> None:
        self._origin, path = split(url)
        self._fault: BaseException | None = None
        self._copy: IO[bytes] | None = None
        self._copied = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._ahead = self._expected = 0
        opened = storage(self._origin).open(path, BLOCK)
        self.entry, self.fetched, self.requests = opened.entry, len(opened.head), 1
        if self.size == 0:
            raise EmptyFileError("the file has no bytes")
        self._blocks[0] = opened.head
        if not opened.ranged:
            self._stream()
        elif is_copied(opened.head, self.size):
            self._begin_copy(opened.head)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.entry.size

    @property
    def mtime_ns(self) -> int:
        """When it was last changed, to the second."""
        return self.entry.mtime_ns

    def read_at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end of the file.

        Raises
        ------
        TrackError: the server does not give them. A decoder may hide that: `check_unchanged` says it again.
        """
        if not 0 <= offset < self.size or count <= 0:
            return b""
        try:
            return self._read(offset, min(count, self.size - offset))
        except BaseException as err:
            self._fault = self._fault or err
            raise

    def _read(self, offset: int, count: int) -> bytes:
        if self._copy is not None:
            self._copy_until(offset + count)
            self._copy.seek(offset)
            return self._copy.read(count)
        data = bytearray()
        while len(data) < count:
            number, start = divmod(offset + len(data), BLOCK)
            block = self._block(number, offset + count)
            data += block[start : start + count - len(data)]
        return bytes(data)

    def _block(self, number: int, wanted_until: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        # who reads on and on gets more each time; who jumps pays for one block
        most = min(_MOST_AHEAD, max(_LEAST_AHEAD, self.size // _SHARE_AHEAD))
        is_next = number == self._expected
        self._ahead = min(2 * self._ahead, most) if is_next and self._ahead else BLOCK
        start = number * BLOCK
        length = min(max(self._ahead, wanted_until - start), _MOST_AHEAD)
        length = -(-length // BLOCK) * BLOCK
        data = self._fetch(start, min(length, self.size - start))
        for at in range(0, len(data), BLOCK):
            self._blocks[number + at // BLOCK] = data[at : at + BLOCK]
        self._expected = number + -(-len(data) // BLOCK)
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return data[:BLOCK]

    def _fetch(self, start: int, count: int) -> bytes:
        data = storage(self._origin).read(self.entry, start, count)
        self.fetched += len(data)
        self.requests += 1
        if len(data) != count:
            raise UnreadableError(f"the server gave {len(data)} of {count} bytes")
        return data

    def _begin_copy(self, head: bytes) -> None:
        self._copy = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the file
        self._append(head)
        self._blocks.clear()

    def _copy_until(self, end: int) -> None:
        """Fetch the next parts of a file that is read from its start."""
        while self._copied < end:
            self._append(self._fetch(self._copied, min(_PART, self.size - self._copied)))

    def _stream(self) -> None:
        """Fetch all of a file at once: the server knows no ranges."""
        if self.size > MOST_COPIED:
            raise TooLargeError(
                f"{self.size} bytes from a server that gives no ranges; {MOST_COPIED} are copied at most"
            )
        self._copy = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the file
        patiently(self._stream_once)
        self.fetched, self.requests = self._copied, self.requests + 1
        self._blocks.clear()

    def _stream_once(self) -> None:
        self._copied = 0
        storage(self._origin).stream(self.entry, self._append)
        if self._copied != self.size:
            raise UnreadableError(f"the server gave {self._copied} of {self.size} bytes")

    def _append(self, data: bytes) -> None:
        if self._copy is None:
            raise AssertionError("there is no copy to append to")
        try:
            self._copy.seek(self._copied)
            self._copy.write(data)
        except OSError as err:
            _refuse(err)
        self._copied += len(data)

    def check_unchanged(self) -> None:
        """Raise what went wrong with a request, also where a decoder took it for the end of the file."""
        if self._fault is not None:
            raise self._fault

    def check_readable(self) -> None:
        """Raise what went wrong; what was read came as the server has it."""
        self.check_unchanged()

    def close(self) -> None:
        """Free the copy and the blocks; twice is allowed."""
        self._blocks.clear()
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def __enter__(self) -> "RemoteFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse(err: OSError) -> Never:
    if err.errno in (errno.ENOSPC, errno.EDQUOT):
        raise NodeFaultError(
            f"no room in {tempfile.gettempdir()} for a copy of a track: make some, or set TMPDIR"
        ) from err
    raise NodeFaultError(f"{tempfile.gettempdir()} cannot be written: {err.strerror}") from err
