"""What a scan was asked to do, as a job keeps it: enough to scan again on any node."""

import base64
import os
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Target:
    """A place to scan: a folder or a file of a library.

    Parameters
    ----------
    library_id: of the library it belongs to.
    under: path relative to the library's root; empty for all of it.
    """

    library_id: int
    under: bytes = b""


@dataclass(frozen=True)
class ScanOptions:
    """What to scan, what to leave out, and what to do again.

    Parameters
    ----------
    targets: places to scan.
    exclude: globs matched against names and relative paths.
    follow_symlinks: whether links lead to more files.
    force: whether what has a prediction, or failed before, is classified again.
    whole: whether all of each track is to be heard; a prediction from excerpts is not enough then.
    """

    targets: tuple[Target, ...]
    exclude: tuple[str, ...] = field(default=())
    follow_symlinks: bool = False
    force: bool = False
    whole: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain values for the job's row."""
        return {
            "targets": [{"library_id": t.library_id, "under": _encode(t.under)} for t in self.targets],
            "exclude": [_encode(os.fsencode(glob)) for glob in self.exclude],
            "follow_symlinks": self.follow_symlinks,
            "force": self.force,
            "whole": self.whole,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "ScanOptions":
        """Read what `to_json` wrote; keys that belong to others are passed over."""
        return cls(
            targets=tuple(Target(t["library_id"], _decode(t["under"])) for t in values["targets"]),
            exclude=tuple(os.fsdecode(_decode(glob)) for glob in values["exclude"]),
            follow_symlinks=values["follow_symlinks"],
            force=values["force"],
            whole=values["whole"],
        )


def _encode(path: bytes) -> str | dict[str, str]:
    """Return text, or base64 for bytes that are not UTF-8: JSONB refuses lone surrogates."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(path).decode()}


def _decode(value: str | dict[str, str]) -> bytes:
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])
