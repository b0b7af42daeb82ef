"""An entry of the cache as bytes: spectrograms in 8 bits, and their places in the track.

    8 bytes   magic number with the version of the layout
    16 bytes  XXH3 digest of all that follows
    4 bytes   length of the header, little-endian
    header    JSON: audio_hash, front_end, whole, excerpts [{start_s, duration_s, bands, frames, low, step}]
    levels    uint8, excerpt after excerpt, band after band

Reading computes nothing but lengths: a damaged entry, or one that somebody put there, can be refused but
can run nothing.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

_MAGIC = b"MAISPEC1"
_LEVELS = 255
_HEADER_LENGTH = struct.Struct("<I")
_DIGEST_BYTES = 16
_START = len(_MAGIC) + _DIGEST_BYTES


class DamagedEntryError(ValueError):
    """An entry is not what this version writes. Never leaves the cache: it is as good as absent."""


@dataclass(frozen=True)
class KeptExcerpt:
    """A spectrogram in 8 bits, and which stretch of its track it shows.

    Parameters
    ----------
    start_s, duration_s: its place in the track.
    levels: uint8, shape (bands, frames).
    low, step: the value of level 0, and from one level to the next.
    """

    start_s: float
    duration_s: float
    levels: NDArray[np.uint8]
    low: float
    step: float

    @classmethod
    def of(cls, start_s: float, duration_s: float, spectrogram: NDArray[np.float32]) -> "KeptExcerpt":
        """Take a spectrogram, float32 of shape (bands, frames), into 8 bits between its extremes."""
        low = float(spectrogram.min())
        step = (float(spectrogram.max()) - low) / _LEVELS
        levels = np.rint((spectrogram - low) / step) if step else np.zeros_like(spectrogram)
        return cls(start_s, duration_s, levels.astype(np.uint8), low, step)

    @property
    def spectrogram(self) -> NDArray[np.float32]:
        """The spectrogram, float32 of shape (bands, frames); no value is off by more than half a step."""
        return self.levels * np.float32(self.step) + np.float32(self.low)


def encode(identity: dict[str, Any], excerpts: Sequence[KeptExcerpt]) -> bytes:
    """Return an entry; `identity` says what it is of."""
    header = json.dumps({**identity, "excerpts": [_described(excerpt) for excerpt in excerpts]}).encode()
    levels = [excerpt.levels.tobytes() for excerpt in excerpts]
    body = b"".join([_HEADER_LENGTH.pack(len(header)), header, *levels])
    return _MAGIC + xxhash.xxh3_128_digest(body) + body


def decode(content: bytes, identity: dict[str, Any]) -> list[KeptExcerpt]:
    """Read an entry; DamagedEntryError when it is damaged, or of something else than `identity`."""
    body = memoryview(content)[_START:]
    if content[: len(_MAGIC)] != _MAGIC:
        raise DamagedEntryError("it is no entry of this version's")
    if xxhash.xxh3_128_digest(body) != content[len(_MAGIC) : _START]:
        raise DamagedEntryError("its checksum is wrong")
    try:
        (length,) = _HEADER_LENGTH.unpack_from(body)
        start = _HEADER_LENGTH.size + length
        header = json.loads(bytes(body[_HEADER_LENGTH.size : start]))
        if {key: header[key] for key in identity} != identity:
            raise DamagedEntryError("it is of another sound or front end")
        return _excerpts(header["excerpts"], np.frombuffer(body[start:], np.uint8))
    except (struct.error, ValueError, KeyError, TypeError) as err:
        raise DamagedEntryError(str(err)) from err


def _described(excerpt: KeptExcerpt) -> dict[str, float]:
    bands, frames = excerpt.levels.shape
    return {
        "start_s": excerpt.start_s,
        "duration_s": excerpt.duration_s,
        "bands": bands,
        "frames": frames,
        "low": excerpt.low,
        "step": excerpt.step,
    }


def _excerpts(described: list[dict[str, Any]], levels: NDArray[np.uint8]) -> list[KeptExcerpt]:
    excerpts, at = [], 0
    for one in described:
        size = one["bands"] * one["frames"]
        part = levels[at : at + size].reshape(one["bands"], one["frames"])
        excerpts.append(KeptExcerpt(one["start_s"], one["duration_s"], part, one["low"], one["step"]))
        at += size
    if at != len(levels) or not excerpts:
        raise DamagedEntryError("its length is wrong")
    return excerpts
