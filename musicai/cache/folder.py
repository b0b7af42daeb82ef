"""A folder of entries that any number of processes read and write, bounded in size.

An entry is a file below one of 256 shards. Each shard may hold a 256th of the size that is allowed, and
whoever writes into it now and then takes the least recently used entries out again: no process has to know
another, and nobody waits for a lock. A file's time of modification is the time of its last use.
"""

import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

SHARDS = 256
LEAST_FREE = 500_000_000
"""Bytes that the disk must have left: the catalogue may lie on it, and needs them more."""

_LOOKS = 32
"""How often a shard is looked through while as much is written as it may hold.

Looking through it at every write would cost more with every entry that is there: 6 ms at a thousand.
"""
_KEY = re.compile(r"[0-9a-f]{64}")
_SUFFIX, _PART = ".spectrogram", ".part"
_ABANDONED_S = 3600.0
_SILENCE_S = 60.0


@dataclass(frozen=True)
class Usage:
    """What a cache holds.

    Parameters
    ----------
    entries: tracks whose spectrograms are kept, once for each front end, and files whose sound is known.
    size: bytes that they take.
    """

    entries: int
    size: int


@dataclass
class CacheFolder:
    """The entries below `root`, together no larger than `limit` bytes but for a few hundredths.

    Nothing here raises because of the disk: what cannot be read is absent, what cannot be written is not
    kept, and the log says so.
    """

    root: Path
    limit: int
    _silent_until: float = field(default=0.0, init=False)

    @property
    def largest(self) -> int:
        """Most bytes of an entry; a larger one would push too many others out."""
        return self.limit // SHARDS // 4

    def read(self, key: str) -> bytes | None:
        """Return an entry and mark it as used; None when there is none."""
        file = self._file(key)
        try:
            content = file.read_bytes()
            os.utime(file)
        except FileNotFoundError:
            return None
        except OSError as err:
            self._complain(f"{file} cannot be read: {err.strerror}")
            return None
        return content

    def write(self, key: str, content: bytes) -> bool:
        """Keep an entry, all of it or nothing; tell whether it was kept."""
        if len(content) > self.largest:
            return False
        file = self._file(key)
        # of this attempt alone: another process, also one of another machine, may write the same entry
        part = file.with_name(f"{file.name}.{secrets.token_hex(8)}{_PART}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(file.parent).free < LEAST_FREE + len(content):
                self._complain(f"nothing more is kept: less than {LEAST_FREE / 1e6:.0f} MB are free")
                return False
            part.write_bytes(content)
            os.replace(part, file)  # noqa: PTH105  # atomic on every system
        except OSError as err:
            self._complain(f"{file} cannot be written: {err.strerror}")
            _remove(part)
            return False
        self._bound(file.parent, len(content))
        return True

    def _bound(self, shard: Path, written: int) -> None:
        """Take entries out of a shard, as often as what is written into it calls for."""
        allowed = self.limit // SHARDS
        # by chance: processes come and go, and none knows what the others wrote
        if secrets.randbelow(allowed + 1) < _LOOKS * written:
            _take_out(sorted(_entries(shard, tidy=True)), allowed)

    def discard(self, key: str) -> None:
        """Take an entry out."""
        _remove(self._file(key))

    def usage(self) -> Usage:
        """Count what is there."""
        sizes = [size for shard in self._shards() for _, size, _ in _entries(shard)]
        return Usage(len(sizes), sum(sizes))

    def prune(self, limit: int) -> Usage:
        """Take the least recently used entries out until the rest fits `limit`; return what went."""
        entries = sorted(entry for shard in self._shards() for entry in _entries(shard, tidy=True))
        return _take_out(entries, limit)

    def clear(self) -> Usage:
        """Take all entries out, and nothing else that lies in the folder; return what went."""
        gone = self.prune(-1)
        for shard in self._shards():
            with suppress(OSError):  # something else lies in it
                shard.rmdir()
        return gone

    def _file(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key is 64 hexadecimal digits, not {key!r}")
        return self.root.joinpath(key[:2], key[2:] + _SUFFIX)

    def _shards(self) -> Iterator[Path]:
        shards = (self.root / f"{number:02x}" for number in range(SHARDS))
        return (shard for shard in shards if shard.is_dir())

    def _complain(self, reason: str) -> None:
        moment = time.monotonic()
        if moment >= self._silent_until:  # a full disk has the same to say about every track
            self._silent_until = moment + _SILENCE_S
            log.warning("the cache of spectrograms: %s", reason)


def _entries(shard: Path, *, tidy: bool = False) -> Iterator[tuple[int, int, str]]:
    """Yield (last use in ns, size, path); with `tidy` remove what a process that died left half-written."""
    for entry in _listed(shard):
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # another process was faster
        if entry.name.endswith(_SUFFIX):
            yield facts.st_mtime_ns, facts.st_size, entry.path
        elif tidy and entry.name.endswith(_PART) and time.time() - facts.st_mtime > _ABANDONED_S:
            _remove(Path(entry.path))


def _listed(shard: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(shard) as found:
            return list(found)
    except OSError as err:
        log.warning("the cache of spectrograms: %s cannot be read: %s", shard, err.strerror)
        return []


def _take_out(entries: list[tuple[int, int, str]], limit: int) -> Usage:
    """Remove entries, given from the longest unused on, until the rest fits."""
    left, gone = sum(size for _, size, _ in entries), Usage(0, 0)
    for _, size, path in entries:
        if left <= limit:
            break
        _remove(Path(path))
        left, gone = left - size, Usage(gone.entries + 1, gone.size + size)
    return gone


def _remove(file: Path) -> None:
    with suppress(OSError):  # gone already, or not ours to remove: it is not used any more
        file.unlink()
