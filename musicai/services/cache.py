"""The cache of spectrograms as people see it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musicai.cache.folder import CacheFolder, Usage
from musicai.config import Settings


@dataclass(frozen=True)
class CacheView:
    """What this node's cache holds, and what it may hold.

    Parameters
    ----------
    folder: where it lies.
    limit: most bytes that it may take; 0 when it is turned off.
    entries: tracks whose spectrograms are kept, once for each front end.
    size: bytes that they take.
    removed: entries that this command took out.
    """

    folder: Path
    limit: int
    entries: int
    size: int
    removed: int

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {**asdict(self), "folder": str(self.folder)}


def examine_cache(settings: Settings) -> CacheView:
    """Count what the cache holds."""
    return _view(settings, removed=0)


def prune_cache(settings: Settings, size: int | None) -> CacheView:
    """Take out what was not used for the longest time, until the rest fits `size` (None: the setting)."""
    limit = settings.cache_size if size is None else size
    return _view(settings, _folder(settings).prune(limit).entries)


def clear_cache(settings: Settings) -> CacheView:
    """Take out everything."""
    return _view(settings, _folder(settings).clear().entries)


def _folder(settings: Settings) -> CacheFolder:
    return CacheFolder(settings.cache_folder, settings.cache_size)


def _view(settings: Settings, removed: int) -> CacheView:
    used: Usage = _folder(settings).usage()
    return CacheView(settings.cache_folder, settings.cache_size, used.entries, used.size, removed)
