"""What a server says of one thing that lies on it."""

from typing import Literal, NamedTuple

UNKNOWN_SIZE = -1

S3, WEB, SFTP = "s3", "web", "sftp"
KINDS = frozenset((S3, WEB, SFTP))
"""What stands in the place of a disk's number for tracks behind URLs."""


class Entry(NamedTuple):
    """One thing in a listing."""

    path: bytes
    """Decoded, from the server's or bucket's root, without a slash before it."""
    size: int = UNKNOWN_SIZE
    """Bytes; `UNKNOWN_SIZE` in a listing that does not say."""
    mtime_ns: int = 0
    """When it was last changed, 0 where nobody says."""
    tag: str = ""
    """The server's word for this version of the content (ETag), empty where it has none."""
    kind: Literal["file", "link", "special"] = "file"


class Listed(NamedTuple):
    """Some of what lies in one folder."""

    folder: bytes
    entries: list[Entry]
    complete: bool
    """Whether the folder was listed to its end with this."""
    fault: str = ""
    """Why it was not."""


class Opened(NamedTuple):
    """A file that was found, and its first bytes."""

    entry: Entry
    head: bytes
    ranged: bool = True
    """Whether any range of it can be had; else only all of it, from the beginning."""
