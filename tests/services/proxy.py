"""A network that can be cut: a process that forwards TCP connections, until it is told otherwise.

``python -m tests.services.proxy TARGET`` prints its port and obeys the words on its standard input. TARGET
is HOST:PORT or the path of a Unix socket.
"""

import asyncio
import contextlib
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LINGER_NONE = struct.pack("ii", 1, 0)  # closing sends a reset


class Network:
    """The wire between clients and one server, as its test sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._process, self.port = process, int(process.stdout.readline())

    def cut(self) -> None:
        """Forward nothing any more, and close nothing: neither side is told."""
        self._say("cut")

    def heal(self) -> None:
        """Forward again, also what was kept back meanwhile."""
        self._say("heal")

    def reset(self) -> None:
        """Break every connection; new ones are forwarded."""
        self._say("reset")

    def forget(self) -> None:
        """Drop what connections there are without a word, as a firewall does; new ones are forwarded."""
        self._say("forget")

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == word


@contextlib.contextmanager
def network(target: str) -> Iterator[Network]:
    """Run a network to a server as long as the block."""
    command = [sys.executable, "-m", "tests.services.proxy", target]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        try:
            yield Network(process)
        finally:
            process.terminate()


class _Wire:
    """One connection: what comes waits at a gate."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.gate = asyncio.Event()
        self.ends = [client]

    def reset(self) -> None:
        for end in self.ends:
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
            end.transport.abort()

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                await self.gate.wait()
                target.write(data)
                await target.drain()
            await self.gate.wait()
            target.close()


class _Proxy:
    def __init__(self, target: str) -> None:
        self._target = target
        self._wires: set[_Wire] = set()
        self._is_cut = False

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = _Wire(writer)
        self._wires.add(wire)
        if not self._is_cut:
            wire.gate.set()
        await wire.gate.wait()
        try:
            there_reader, there = await self._connect()
        except OSError:
            wire.reset()
            return
        wire.ends.append(there)
        await asyncio.gather(wire.pump(reader, there), wire.pump(there_reader, writer))
        self._wires.discard(wire)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.startswith("/"):
            return await asyncio.open_unix_connection(self._target)
        host, port = self._target.rsplit(":", 1)
        return await asyncio.open_connection(host, int(port))

    def obey(self, word: str) -> None:
        self._is_cut = word == "cut"
        if word == "heal":
            for wire in self._wires:
                wire.gate.set()
        elif word == "reset":
            for wire in self._wires:
                wire.reset()
            self._wires.clear()
        else:
            for wire in self._wires:
                wire.gate.clear()
            self._forgotten = self._wires  # held, so that nothing is closed
            self._wires = set(self._wires) if word == "cut" else set()


async def _main(target: str) -> None:
    proxy = _Proxy(target)
    server = await asyncio.start_server(proxy.forward, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        word = line.decode().strip()
        proxy.obey(word)
        print(word, flush=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
