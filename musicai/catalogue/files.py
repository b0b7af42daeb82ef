"""Paths as the catalogue keeps them: bytes are the identity, text is for people."""

import os
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

import xxhash

from musicai.config import Mounts

_RAW_SCHEME = "file://"


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
        key = path_key(path)
        try:
            return cls(path.decode(), key, None)
        except UnicodeDecodeError:
            return cls(path.decode(errors="replace"), key, path)


def path_key(path: bytes) -> bytes:
    """Return the digest that a relative path is known by."""
    return xxhash.xxh3_128_digest(path)


def path_bytes(text: str, raw: bytes | None) -> bytes:
    """Return the bytes of a stored path."""
    return os.fsencode(text) if raw is None else raw


def library_root(name: str, root: str, mounts: Mounts) -> bytes:
    """Return where this node finds a library: its own mount, or the root that it was made with.

    A path, or a URL; `musicai.storage.url.join` goes on from either.
    """
    return os.fsencode(mounts[name]) if name in mounts else decode_root(root)


def encode_root(root: bytes) -> str:
    """Return a root as text; bytes that are not UTF-8 become a percent-encoded URL."""
    try:
        return root.decode()
    except UnicodeDecodeError:
        return _RAW_SCHEME + quote(root)


def decode_root(text: str) -> bytes:
    """Return the bytes of what `encode_root` made."""
    if text.startswith(_RAW_SCHEME):
        return unquote_to_bytes(text.removeprefix(_RAW_SCHEME))
    return os.fsencode(text)
