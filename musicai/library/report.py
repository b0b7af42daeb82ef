"""What a walk met besides audio: counted, and the first few named."""

from collections import Counter
from dataclasses import dataclass, field

NAMED = 100


@dataclass
class Noted:
    """Places with one fault: all are counted, the first hundred are named, so that no report grows."""

    count: int = 0
    first: list[tuple[bytes, str]] = field(default_factory=list)

    def add(self, path: bytes, reason: str) -> None:
        """Note one place, relative to the library's root."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append((path, reason))


@dataclass
class WalkReport:
    """What a walk met besides audio."""

    folders: int = 0
    entries: int = 0
    """Everything that any folder listed."""
    ignored: Counter[str] = field(default_factory=Counter)
    """By kind: cover, text, playlist, video, archive, system, symlink, special, excluded ... or other."""
    unreadable: Noted = field(default_factory=Noted)
    loops: Noted = field(default_factory=Noted)
    broken_links: Noted = field(default_factory=Noted)
