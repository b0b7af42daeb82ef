"""A web server with index pages and ranges, as nginx is, over a folder; it can be told to misbehave."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from tests.waiting import PATIENCE_S


@dataclass
class WebServer:
    """Serves a folder in a thread of its own.

    Parameters
    ----------
    spoil: asked before each answer; a status to give instead, or seconds to wait, or None.
    ranges: whether it knows ranges.
    charset: what it says that its index pages, which are UTF-8, are written in.
    """

    folder: Path
    spoil: Callable[[web.Request], int | float | None] = lambda _: None
    ranges: bool = True
    charset: str = "utf-8"
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and decoded path of each."""
    sent: int = 0
    """Bytes of files."""
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE_S)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(PATIENCE_S)

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.match_info["path"]))
        if isinstance(trouble := self.spoil(request), int):
            return web.Response(status=trouble)
        if trouble:
            await asyncio.sleep(trouble)
        path = self.folder / request.match_info["path"]
        if path.is_dir():
            if not request.path.endswith("/"):
                raise web.HTTPMovedPermanently(f"{request.rel_url.raw_path}/")
            says = {"Content-Type": f"text/html; charset={self.charset}"}
            return web.Response(body=_index(path).encode(), headers=says)
        if not path.is_file():
            raise web.HTTPNotFound
        return self._file(request, path)

    def _file(self, request: web.Request, path: Path) -> web.Response:
        facts, data = path.stat(), path.read_bytes()
        headers = {
            "ETag": f'"{int(facts.st_mtime):x}-{facts.st_size:x}"',
            "Last-Modified": _date(facts.st_mtime),
        }
        wanted = request.http_range if self.ranges else slice(None)
        start, stop = wanted.start or 0, min(len(data), wanted.stop or len(data))
        if wanted.start is None:
            self.sent += len(data) * (request.method == "GET")
            return web.Response(body=data, headers=headers)
        if start >= len(data):
            return web.Response(status=416)
        self.sent += stop - start
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        return web.Response(body=data[start:stop], status=206, headers=headers)


def _index(folder: Path) -> str:
    if (page := folder / "index.html").is_file():
        return page.read_text()
    names = sorted(p.name + "/" * p.is_dir() for p in folder.iterdir())
    links = (f'<a href="{quote(name)}">{escape(name)}</a>  01-Jan-2026 10:00  1.2M\n' for name in names)
    head = '<html><h1>Index</h1><a href="?C=N;O=D">Name</a><pre><a href="../">../</a>\n'
    return head + "".join(links) + "</pre></html>"


def _date(moment: float) -> str:
    return formatdate(moment, usegmt=True)


@contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    """Serve a folder as long as the block."""
    server = WebServer(folder)
    server.start()
    yield server
    server.stop()
