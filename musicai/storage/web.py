"""The web, through fsspec's HTTP file system and its session: folders are index pages, files have ranges.

A proxy comes from the environment, and passwords from ~/.netrc.
"""

import codecs
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import aiohttp
import yarl
from fsspec.implementations.http import HTTPFileSystem

from musicai.errors import (
    ChangedError,
    NotAudioError,
    PermissionDeniedError,
    TrackError,
    UnreadableError,
    VanishedError,
)
from musicai.storage.coroutines import wait_for
from musicai.storage.crowd import at_once
from musicai.storage.entry import UNKNOWN_SIZE, WEB, Entry, Listed, Opened
from musicai.storage.index_page import IndexPage, below_folder
from musicai.storage.storage import CONNECT_S, STALL_S, Storage, patiently
from musicai.storage.url import PLAYLISTS

_CHUNK = 1 << 18
_BATCH = 200
"""Files of one listing: each is asked for by a request of its own."""
_MOST_LISTED = 1 << 26
"""Bytes of an index page or a playlist; a million names have room."""
_NO_HEAD = (405, 501)

T = TypeVar("T")


class WebStorage(Storage):
    """One web server."""

    kind: ClassVar[str] = WEB

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=STALL_S)
        self._fs = HTTPFileSystem(
            client_kwargs={
                "timeout": timeout,
                "trust_env": True,
                # a compressed body has other ranges than the file
                "headers": {"Accept-Encoding": "identity"},
            },
            skip_instance_cache=True,
        )

    def pages(self, folder: bytes) -> Iterator[tuple[Listed, list[bytes]]]:
        """Read an index page."""
        names = patiently(lambda: self._wait(self._names(folder)))
        below = folder + b"/" if folder else b""
        files = [Entry(below + name) for name in names if not name.endswith(b"/")]
        folders = [below + name.rstrip(b"/") for name in names if name.endswith(b"/")]
        for first in range(0, len(files), _BATCH):
            last = first + _BATCH >= len(files)
            yield Listed(folder, files[first : first + _BATCH], complete=last), folders if last else []
        if not files:
            yield Listed(folder, [], complete=True), folders

    async def _names(self, folder: bytes) -> list[bytes]:
        """Return what an index page links to; VanishedError when the page is none."""
        url = self._url(folder) + "/"
        page = IndexPage(url)
        async with self._reply("GET", url) as reply:
            if "html" not in reply.headers.get("Content-Type", ""):
                raise VanishedError(f"{url} is no page that lists a folder")
            decoder = _decoder(reply.charset or "utf-8")
            async for chunk in _chunks(reply):
                page.feed(decoder.decode(chunk))
            page.feed(decoder.decode(b"", final=True))
        page.close()
        return page.take()

    def look(self, path: bytes) -> Entry:
        """Return what the headers of a file say."""
        return patiently(lambda: self._wait(self._looked_at(path)))

    def looks(self, paths: Sequence[bytes]) -> list[Entry | TrackError]:
        """Return what is said of several files, sixteen at a time."""
        return at_once(self._looked, paths)

    async def _looked_at(self, path: bytes) -> Entry:
        url = self._url(path)
        async with self._session(url, "HEAD", {}) as reply:
            if reply.status not in _NO_HEAD:
                _check(reply)
                return _entry(path, reply)
        async with self._reply("GET", url, {"Range": "bytes=0-0"}) as reply:
            return _entry(path, reply)

    def open(self, path: bytes, count: int) -> Opened:
        """Return a file's entry and its first bytes, with one request."""
        return patiently(lambda: self._wait(self._opened(path, count)))

    async def _opened(self, path: bytes, count: int) -> Opened:
        url = self._url(path)
        async with self._session(url, "GET", {"Range": f"bytes=0-{count - 1}"}) as reply:
            if reply.status == 416:  # no first byte: the file has none
                return Opened(Entry(path, 0), b"")
            _check(reply)
            entry = _entry(path, reply)
            if entry.size == UNKNOWN_SIZE:
                raise UnreadableError("the server does not say how long the file is")
            head = b""
            while len(head) < min(count, entry.size) and (
                chunk := await reply.content.read(count - len(head))
            ):
                head += chunk
            ranged = reply.status == 206
            if not ranged:
                reply.close()  # the rest is not wanted yet
            return Opened(entry, head, ranged or len(head) == entry.size)

    def read(self, entry: Entry, start: int, count: int) -> bytes:
        """Return bytes of the version that the headers of the first answer named."""
        return patiently(lambda: self._wait(self._range(entry, start, count)))

    async def _range(self, entry: Entry, start: int, count: int) -> bytes:
        headers = {"Range": f"bytes={start}-{start + count - 1}"}
        async with self._reply("GET", self._url(entry.path), headers) as reply:
            _check_same(entry, _entry(entry.path, reply))
            if reply.status != 206:
                raise UnreadableError("the server gave a range of the file before, and all of it now")
            return await reply.read()

    def stream(self, entry: Entry, write: Callable[[bytes], object]) -> None:
        """Hand over all of a file, for servers that know no ranges."""
        self._wait(self._streamed(entry, write))

    async def _streamed(self, entry: Entry, write: Callable[[bytes], object]) -> None:
        async with self._reply("GET", self._url(entry.path)) as reply:
            _check_same(entry, _entry(entry.path, reply))
            async for chunk in reply.content.iter_chunked(_CHUNK):
                write(chunk)

    def is_folder(self, path: bytes) -> bool:
        """Whether a path has an index page: it redirects to itself with a slash, or it is a page."""
        try:
            return patiently(lambda: self._wait(self._is_page(path)))
        except (VanishedError, PermissionDeniedError):
            if not path:
                raise
            patiently(lambda: self._wait(self._names(path)))
            return True

    async def _is_page(self, path: bytes) -> bool:
        async with self._reply("GET", self._url(path) if path else f"{self.origin}/") as reply:
            is_page = "html" in reply.headers.get("Content-Type", "") or reply.url.path.endswith("/")
            reply.close()
            return is_page

    def check(self, folder: bytes) -> None:
        """Ask for the folder; whether the server lists it does not matter, as long as it answers."""
        self._wait(self._answers(folder))

    async def _answers(self, folder: bytes) -> None:
        async with self._session(self._url(folder) + "/", "HEAD", {}) as reply:
            if reply.status >= 500 and reply.status not in _NO_HEAD:
                _check(reply)

    def playlist(self, path: bytes) -> list[bytes] | None:
        """Return the files of this server that a playlist or a plain list of URLs names."""
        if not path.lower().endswith(PLAYLISTS):
            return None
        text = patiently(lambda: self._wait(self._all_of(path)))
        folder = self._url(path.rpartition(b"/")[0]) + "/"
        lines = (line.strip() for line in text.splitlines())
        named = (
            below_folder(f"{self.origin}/", _joined(folder, line))
            for line in lines
            if line and not line.startswith(b"#")
        )
        return list(dict.fromkeys(name for name in named if name))

    async def _all_of(self, path: bytes) -> bytes:
        async with self._reply("GET", self._url(path)) as reply:
            return b"".join([chunk async for chunk in _chunks(reply)])

    def close(self) -> None:
        """Close the session."""
        if (session := self._fs._session) is not None:
            wait_for(session.close(), self._fs.loop)

    def _url(self, path: bytes) -> str:
        return f"{self.origin}/{quote(path, safe=_SAFE)}" if path else self.origin

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return wait_for(work, self._fs.loop)
        except (aiohttp.ClientError, OSError, ValueError) as err:
            raise UnreadableError(f"the server failed: {str(err) or type(err).__name__}") from err

    @asynccontextmanager
    async def _reply(
        self, method: str, url: str, headers: dict[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask, and raise unless the answer is one."""
        async with self._session(url, method, headers or {}) as reply:
            _check(reply)
            yield reply

    @asynccontextmanager
    async def _session(
        self, url: str, method: str, headers: dict[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        session = await self._fs.set_session()
        asked = session.request(method, yarl.URL(url, encoded=True), headers=headers, allow_redirects=True)
        async with asked as reply:
            yield reply


_SAFE = "/!$&'()*+,;=:@"


def _joined(folder: str, line: bytes) -> str:
    if b"://" in line or line.startswith(b"/"):
        return line.decode(errors="surrogateescape")
    return folder + quote(line, safe=_SAFE + "%")


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Return what decodes a page in pieces; as UTF-8 when the server names an encoding that is none."""
    try:
        b" ".decode(encoding, errors="ignore")  # codecs of bytes, as hex, are no encodings
        return codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    except LookupError:
        return codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")


async def _chunks(reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in reply.content.iter_chunked(_CHUNK):
        total += len(chunk)
        if total > _MOST_LISTED:
            raise NotAudioError(f"{reply.url} lists more than {_MOST_LISTED} bytes of names")
        yield chunk


def _check(reply: aiohttp.ClientResponse) -> None:
    said = f"{reply.status} {reply.reason}"
    if reply.status in (404, 410):
        raise VanishedError(f"the server knows no such file: {said}")
    if reply.status in (401, 403, 407):
        raise PermissionDeniedError(f"the server refuses it: {said}; passwords come from ~/.netrc")
    if reply.status == 416:
        raise ChangedError("the file became shorter while it was read")
    if reply.status >= 400:
        raise UnreadableError(f"the server failed: {said}")


def _entry(path: bytes, reply: aiohttp.ClientResponse) -> Entry:
    headers = reply.headers
    size = headers.get("Content-Range", "").rpartition("/")[2] if reply.status == 206 else ""
    size = size or headers.get("Content-Length", "")
    return Entry(
        path,
        int(size) if size.isdigit() else UNKNOWN_SIZE,
        _ns(headers.get("Last-Modified", "")),
        headers.get("ETag", ""),
    )


def _ns(text: str) -> int:
    try:
        return int(parsedate_to_datetime(text).timestamp()) * 10**9
    except ValueError:
        return 0


def _check_same(wanted: Entry, found: Entry) -> None:
    if (wanted.size, wanted.mtime_ns, wanted.tag) != (found.size, found.mtime_ns, found.tag):
        raise ChangedError("the file changed while it was read; it is taken up again by the next scan")
