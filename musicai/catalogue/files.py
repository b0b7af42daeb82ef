"""Paths as the catalogue keeps them: bytes are the identity, text is for people."""

import os
from dataclasses import dataclass

import xxhash


@dataclass(frozen=True)
class StoredPath:
    """A path relative to a library's root, in the three columns that keep it.

    Parameters
    ----------
    text: to show and to search; bytes that are not UTF-8 stand as U+FFFD.
    key: 16 bytes, digest of the path's bytes.
    raw: the path's bytes, only when the text cannot give them back.
    """

    text: str
    key: bytes
    raw: bytes | None

    @classmethod
    def of(cls, path: bytes) -> "StoredPath":
        """Store a relative path given as bytes."""
        key = xxhash.xxh3_128_digest(path)
        try:
            return cls(path.decode(), key, None)
        except UnicodeDecodeError:
            return cls(path.decode(errors="replace"), key, path)


def path_bytes(text: str, raw: bytes | None) -> bytes:
    """Return the bytes of a stored path."""
    return os.fsencode(text) if raw is None else raw
