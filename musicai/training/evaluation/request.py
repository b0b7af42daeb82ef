"""What an evaluation is asked to do. Light and JSON: it travels to a process of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from musicai.errors import ConfigError
from musicai.training.sources.sides import SIDES


@dataclass(frozen=True)
class EvaluationRequest:
    """Which tracks to ask a model for, and what to keep of its answers.

    Parameters
    ----------
    model: folder of the model.
    data: a source, as `parse_source` reads it.
    split: a split file, of which one side is evaluated; or a list of names, all of which are. Empty: the
        sides that a manifest gives, or else everything.
    side: which side; empty: test, where there are sides.
    front_end: what drew a folder of pictures, where nothing beside it says so: a name or a JSON file.
    look_for_leaks: compare with the other sides of the split, which have to be read for that.
    skip_unreadable: leave out files that cannot be read.
    answers: file for the answers to tracks, see `HeldOut`; empty: they are not kept.
    """

    model: str
    data: str
    split: str = ""
    side: str = ""
    front_end: str = ""
    look_for_leaks: bool = True
    skip_unreadable: bool = False
    answers: str = ""

    def __post_init__(self) -> None:
        if self.side and self.side not in SIDES:
            raise ConfigError(f"there is no side {self.side!r}; there are {', '.join(SIDES)}")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "EvaluationRequest":
        """Read back `to_json`."""
        return cls(**value)
