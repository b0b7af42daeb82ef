"""What a scan did, as it goes and as the job keeps it."""

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from musicai.library.report import NAMED, Noted, WalkReport
from musicai.services.scan_plan import Plan


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan came, after each commit.

    Parameters
    ----------
    found: files that claim to be audio.
    items: tracks that were given to workers.
    skipped: tracks that need no work.
    ignored: files that are no audio.
    folder: the last one that was read, as text.
    """

    library: str
    folder: str
    found: int
    items: int
    skipped: int
    ignored: int


@dataclass
class Tally:
    """The sums of a scan over all its stretches."""

    found: int = 0
    """Files that claim to be audio."""
    items: int = 0
    """Tracks that were given to workers."""
    new: int = 0
    """Tracks that nobody had seen."""
    changed: int = 0
    """Tracks whose file is another one now."""
    moved: int = 0
    """Tracks that were found at a new place."""
    skipped: int = 0
    """Tracks that need no work."""
    failed_before: int = 0
    """How many of the skipped failed in an earlier job."""
    missing: int = 0
    """Tracks that are gone from disk."""
    warnings: list[str] = field(default_factory=list)
    """What somebody should know, in words."""
    walks: list[WalkReport] = field(default_factory=list)
    """What each walk saw besides."""

    def add(self, result: Plan, found: int) -> None:
        """Count one batch."""
        self.found += found
        self.new += len(result.new)
        self.changed += len(result.changed)
        self.moved += len(result.moved)
        self.skipped += result.skipped
        self.failed_before += result.failed_before

    @property
    def ignored(self) -> Counter[str]:
        """Files that are no audio, by kind."""
        return sum((walk.ignored for walk in self.walks), Counter())

    def to_json(self) -> dict[str, Any]:
        """Return plain values: counts, and the first places of each fault."""
        names = ("found", "items", "new", "changed", "moved", "skipped", "failed_before", "missing")
        return {
            **{name: getattr(self, name) for name in names},
            "folders": sum(walk.folders for walk in self.walks),
            "ignored": dict(self.ignored.most_common()),
            "unreadable": _places([walk.unreadable for walk in self.walks]),
            "loops": _places([walk.loops for walk in self.walks]),
            "broken_links": _places([walk.broken_links for walk in self.walks]),
            "warnings": self.warnings,
        }


def shown(path: bytes) -> str:
    """Return a path as text that any database and any terminal takes."""
    return path.decode(errors="replace") or "."


def _places(noted: list[Noted]) -> dict[str, Any]:
    first = [place for one in noted for place in one.first][:NAMED]
    return {
        "count": sum(one.count for one in noted),
        "first": [{"path": shown(path), "reason": shown(os.fsencode(reason))} for path, reason in first],
    }
