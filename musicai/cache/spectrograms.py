"""The cache of spectrograms: by which sound, which front end, and which excerpts.

An audio hash is of three excerpts of 30 s: it tells all that a front end of such excerpts hears of a track,
and no more. What is heard between them is known by the file too.

cache = SpectrogramCache.from_settings(settings)         # None: it is turned off
kept = cache.read(track.audio_hash, front_end, whole=False)   # None: not there
kept[0].spectrogram                                      # float32 (bands, frames)
"""

import hashlib
import json
import logging
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.cache.entry import DamagedEntryError, KeptExcerpt, decode, encode
from musicai.cache.folder import CacheFolder
from musicai.config import Settings
from musicai.errors import PermissionDeniedError, VanishedError
from musicai.front_end import FrontEnd
from musicai.storage.opening import look
from musicai.storage.url import is_url

log = logging.getLogger(__name__)

VERSION = 1
"""Changes when a front end of the same settings computes something else, or other excerpts are chosen."""
HASHED_S = 30.0
"""Seconds of the excerpts that an audio hash is made of."""
_LARGEST = 16_000_000
"""Bytes of an entry, whatever the cache may hold: a worker has it in memory while it listens."""


@dataclass(frozen=True)
class SpectrogramCache:
    """Spectrograms in 8 bits of tracks that were heard before."""

    folder: CacheFolder

    @classmethod
    def from_settings(cls, settings: Settings) -> "SpectrogramCache | None":
        """Return the node's cache; None when it is turned off."""
        if not settings.cache_size:
            return None
        return cls(CacheFolder(settings.cache_folder, settings.cache_size))

    def read(
        self, audio_hash: str, front_end: FrontEnd, *, whole: bool, file: str = ""
    ) -> list[KeptExcerpt] | None:
        """Return the excerpts of a sound in order of time; None when they are not kept.

        Parameters
        ----------
        audio_hash: which sound.
        front_end: what made the spectrograms.
        whole: all of the track, and not up to three excerpts.
        file: tells the file from others, see `file_state`; without it nothing is found that the hash of
            the sound does not cover.
        """
        if not front_end.is_spectrogram or not (file or _is_covered(front_end, whole=whole)):
            return None
        identity = _identity(audio_hash, front_end, whole=whole, file=file)
        key = _key(identity)
        if (content := self.folder.read(key)) is None:
            return None
        try:
            return decode(content, identity)
        except DamagedEntryError as err:
            log.warning("the cache of spectrograms: entry %s is of no use: %s", key, err)
            self.folder.discard(key)
            return None

    def recorder(self, front_end: FrontEnd, *, whole: bool) -> "Recorder":
        """Return what takes the excerpts of one track while it is heard."""
        return Recorder(self.folder, front_end, whole=whole)


@dataclass
class Recorder:
    """Takes the excerpts of one track in order, to keep them when it was heard to its end."""

    folder: CacheFolder
    front_end: FrontEnd
    whole: bool
    _excerpts: list[KeptExcerpt] = field(default_factory=list, init=False)
    _room: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._room = min(self.folder.largest, _LARGEST)

    def take(
        self, start_s: float, duration_s: float, spectrogram: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Take a spectrogram, and return it as it will be read: the answer must not depend on the cache."""
        if not self.front_end.is_spectrogram:  # a waveform in 8 bits is noise
            return spectrogram
        excerpt = KeptExcerpt.of(start_s, duration_s, spectrogram)
        self._room -= excerpt.levels.size
        if self._room >= 0:
            self._excerpts.append(excerpt)
        else:  # a track without end: memory must not grow with it
            self._excerpts.clear()
        return excerpt.spectrogram

    def keep(self, audio_hash: str, file: str = "") -> bool:
        """Write what was taken; tell whether it was kept. Parameters as of `SpectrogramCache.read`."""
        if not self._excerpts or not (file or _is_covered(self.front_end, whole=self.whole)):
            return False
        identity = _identity(audio_hash, self.front_end, whole=self.whole, file=file)
        return self.folder.write(_key(identity), encode(identity, self._excerpts))


def file_state(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return size and time of change of a file, as text; empty when it is not there.

    Raises
    ------
    UnreadableError: it is behind a URL, and its server does not answer.
    """
    name = os.fsencode(path)
    if is_url(name):
        return _remote_state(name)
    try:
        facts = os.stat(path)  # noqa: PTH116  # paths may be bytes, which pathlib does not take
    except OSError:
        return ""
    return state_of(facts.st_size, facts.st_mtime_ns)


def _remote_state(url: bytes) -> str:
    try:
        found = look(url)
    except (VanishedError, PermissionDeniedError):
        return ""
    return state_of(found.size, found.mtime_ns)


def state_of(size: int, mtime_ns: int) -> str:
    """Return what `file_state` says of a file of this size and time of change."""
    return f"{size}:{mtime_ns}"


def _is_covered(front_end: FrontEnd, *, whole: bool) -> bool:
    """Whether two tracks of one audio hash look the same."""
    return not whole and front_end.excerpt_s == HASHED_S


def _identity(audio_hash: str, front_end: FrontEnd, *, whole: bool, file: str) -> dict[str, Any]:
    digest = front_end.spectrogram_digest
    identity = {"version": VERSION, "audio_hash": audio_hash, "front_end": digest, "whole": whole}
    return identity if _is_covered(front_end, whole=whole) else {**identity, "file": file}


def _key(identity: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
