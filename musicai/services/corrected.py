"""What came of a person's words."""

from dataclasses import asdict, dataclass, field
from typing import Any

FIRST = 5
"""So many examples are kept of the tracks that were left out for one reason."""


@dataclass
class LeftOut:
    """Tracks that were left out for one reason."""

    count: int = 0
    """How many."""
    first: list[str] = field(default_factory=list)
    """Some of them, as LIBRARY:PATH."""


@dataclass
class Corrected:
    """What came of it."""

    tracks: int
    """Tracks that were meant."""
    recorded: int = 0
    """Tracks that have a new word."""
    replaced: int = 0
    """Those of them that had another word before, or one about another sound."""
    unchanged: int = 0
    """Tracks of which the same had been said before."""
    withdrawn: int = 0
    """Tracks whose word was taken back."""
    genres: dict[str, int] = field(default_factory=dict)
    """Genre -> how many tracks were said to have it, the most frequent first."""
    new_genres: list[str] = field(default_factory=list)
    """Those of them that no model knows yet."""
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    """Reason -> the tracks without a word for it: `count`, and the `first` ones as LIBRARY:PATH."""
    warnings: list[str] = field(default_factory=list)
    """What looks wrong, such as a misspelt genre."""
    dry_run: bool = False
    """Whether nothing was written."""

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object."""
        return asdict(self)
