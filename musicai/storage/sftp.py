"""SFTP, through fsspec's file system: hosts, users and keys are those of ``ssh`` on this node.

Hosts must be known: fsspec would take the key of whoever answers.
"""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from musicai.errors import ChangedError, PermissionDeniedError, TrackError, UnreadableError, VanishedError
from musicai.storage.entry import SFTP, Entry, Listed, Opened
from musicai.storage.storage import CONNECT_S, STALL_S, Storage, patiently

_BATCH = 1000
_READ_AHEADS = 8
_FAULTS = (OSError, EOFError, paramiko.SSHException, UnicodeDecodeError)

T = TypeVar("T")


class _KnownHosts(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's file system with the checks and the configuration of OpenSSH's client."""

    def _connect(self) -> None:
        said = _config().lookup(self.host)
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        for file in said.get("userknownhostsfile", "").split():
            if Path(file).expanduser().is_file():
                self.client.load_host_keys(str(Path(file).expanduser()))
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.client.connect(
            said["hostname"],
            port=int(self.ssh_kwargs.get("port") or said.get("port", 22)),
            username=self.ssh_kwargs.get("username") or said.get("user"),
            key_filename=[str(Path(file).expanduser()) for file in said.get("identityfile", [])] or None,
            timeout=CONNECT_S,
            banner_timeout=STALL_S,
            auth_timeout=STALL_S,
            channel_timeout=STALL_S,
        )
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(STALL_S)


def _config() -> paramiko.SSHConfig:
    file = Path("~/.ssh/config").expanduser()
    return paramiko.SSHConfig.from_path(str(file)) if file.is_file() else paramiko.SSHConfig()


class SftpStorage(Storage):
    """One account on one host."""

    kind: ClassVar[str] = SFTP

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self._fs: Any = None
        self._open: tuple[Entry, Any] | None = None
        self._asked(lambda: self._ftp)

    @property
    def _ftp(self) -> paramiko.SFTPClient:
        if self._fs is None:
            parts = urlsplit(self.origin)
            self._fs = _KnownHosts(
                parts.hostname, port=parts.port, username=parts.username, skip_instance_cache=True
            )
        return self._fs.ftp

    def pages(self, folder: bytes) -> Iterator[tuple[Listed, list[bytes]]]:
        """List a folder in batches; a link is a file if it leads to one and links are followed."""
        entries: list[Entry] = []
        folders: list[bytes] = []
        below = folder + b"/" if folder else b""
        for found in self._listing(folder):
            path = below + _bytes(found.filename)
            if (entry := self._sorted(path, found)) is None:
                folders.append(path)
            else:
                entries.append(entry)
            if len(entries) == _BATCH:
                yield Listed(folder, entries, complete=False), folders
                entries, folders = [], []
        yield Listed(folder, entries, complete=True), folders

    def _listing(self, folder: bytes) -> Iterator[paramiko.SFTPAttributes]:
        # the first answer tells whether the folder is there
        self._asked(lambda: self._ftp.stat(_absolute(folder)))
        # a channel of its own: paramiko takes the answer to any other question for the end of the listing
        channel = self._once(self._fs.client.open_sftp)
        try:
            channel.get_channel().settimeout(STALL_S)
            listing = channel.listdir_iter(_absolute(folder), read_aheads=_READ_AHEADS)
            while (found := self._once(lambda: next(listing, None))) is not None:
                yield found
        finally:
            channel.close()

    def _sorted(self, path: bytes, found: paramiko.SFTPAttributes) -> Entry | None:
        """Return an entry, None for a folder."""
        mode = found.st_mode or 0
        if stat.S_ISDIR(mode):
            return None
        if stat.S_ISREG(mode):
            return _entry(path, found)
        return Entry(path, kind="link" if stat.S_ISLNK(mode) else "special")

    def look(self, path: bytes) -> Entry:
        """Return size and time of a file; what a link leads to."""
        return _regular(path, self._asked(lambda: self._ftp.stat(_absolute(path))))

    def open(self, path: bytes, count: int) -> Opened:
        """Open a file, and keep it open until another one is."""
        entry = self._asked(lambda: self._opened(path))
        return Opened(entry, self.read(entry, 0, min(count, entry.size)))

    def _opened(self, path: bytes) -> Entry:
        # not opened before its kind is known: a FIFO would block the server
        entry = _regular(path, self._ftp.stat(_absolute(path)))
        self._close_file()
        self._open = entry, self._ftp.open(_absolute(path))
        return entry

    def read(self, entry: Entry, start: int, count: int) -> bytes:
        """Return bytes; size and time tell whether the file is still the same."""
        return self._asked(lambda: self._range(entry, start, count))

    def _range(self, entry: Entry, start: int, count: int) -> bytes:
        if self._open is None or self._open[0] != entry:
            _check_same(entry, self._opened(entry.path))
        if self._open is None:
            raise AssertionError("it was opened a line before")
        file = self._open[1]
        data: bytes = next(iter(file.readv([(start, count)]))) if count else b""
        _check_same(entry, _entry(entry.path, file.stat()))
        return data

    def is_folder(self, path: bytes) -> bool:
        """Whether a path is a folder."""
        return stat.S_ISDIR(self._asked(lambda: self._ftp.stat(_absolute(path))).st_mode or 0)

    def check(self, folder: bytes) -> None:
        """Ask for the folder."""
        self._once(lambda: self._ftp.stat(_absolute(folder)))

    def close(self) -> None:
        """Close the connection."""
        self._open = None
        if self._fs is not None:
            self._fs.client.close()
            self._fs = None

    def _close_file(self) -> None:
        if self._open is not None:
            file, self._open = self._open[1], None
            file.close()

    def _asked(self, call: Callable[[], T]) -> T:
        return patiently(lambda: self._once(call))

    def _once(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except TrackError:
            raise
        except _FAULTS as err:
            fault = _translated(self.origin, err)
            if isinstance(fault, UnreadableError):
                self.close()  # whatever the connection was in the middle of, the next one is not
            raise fault from err
        except BaseException:
            self.close()  # out of time in the middle of an answer
            raise


def _translated(origin: str, err: BaseException) -> TrackError:
    host = urlsplit(origin).hostname
    if isinstance(err, FileNotFoundError):
        return VanishedError("the server knows no such file")
    if isinstance(err, UnicodeDecodeError):
        return VanishedError("this folder holds a name that is not UTF-8, with which it cannot be listed")
    if refusal := _refusal(host, err):
        return PermissionDeniedError(refusal)
    if isinstance(err, TimeoutError):
        return UnreadableError(f"the server did not answer for {STALL_S:.0f} s")
    return UnreadableError(f"the server failed: {str(err) or type(err).__name__}")


def _refusal(host: str | None, err: BaseException) -> str:
    """Say why we are not let in, or do not go in; empty for any other fault."""
    if isinstance(err, paramiko.BadHostKeyException):
        return f"{host} shows another host key than the known one: {err}"
    if isinstance(err, paramiko.AuthenticationException):
        return f"{host} lets nobody in with the keys of this node: {err}"
    if isinstance(err, paramiko.SSHException) and "not found in known_hosts" in str(err):
        return f"the host key of {host} is not known on this node: log in once with ssh"
    return "the server refuses it" if isinstance(err, PermissionError) else ""


def _check_same(wanted: Entry, found: Entry) -> None:
    if wanted != found:
        raise ChangedError("the file changed while it was read; it is taken up again by the next scan")


def _absolute(path: bytes) -> str:
    # paramiko sends text as UTF-8, and bytes as they are
    return b"/" + path  # type: ignore[return-value]


def _bytes(name: str | bytes) -> bytes:
    return name.encode(errors="surrogateescape") if isinstance(name, str) else name


def _regular(path: bytes, found: paramiko.SFTPAttributes) -> Entry:
    if not stat.S_ISREG(found.st_mode or 0):
        raise VanishedError("what is there is no regular file")
    return _entry(path, found)


def _entry(path: bytes, found: paramiko.SFTPAttributes) -> Entry:
    return Entry(path, int(found.st_size or 0), int(found.st_mtime or 0) * 10**9)
