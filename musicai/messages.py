"""What travels through the broker. A message only wakes somebody up; it carries no work and no path."""

from dataclasses import asdict, dataclass
from typing import Any

from musicai.errors import ConfigError


@dataclass(frozen=True)
class WakeUp:
    """Says that something waits to be claimed. Job and library are for the reader of Flower."""

    job: int
    library: str = ""

    def to_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the task."""
        return asdict(self)

    @classmethod
    def from_kwargs(cls, kwargs: dict[str, Any]) -> "WakeUp":
        """Check the fields of a received message; ConfigError names the wrong one."""
        job, library = kwargs.get("job"), kwargs.get("library", "")
        if not isinstance(job, int) or isinstance(job, bool) or job < 1:
            raise ConfigError(f"message field 'job' must be a positive integer, not {job!r}")
        if not isinstance(library, str):
            raise ConfigError(f"message field 'library' must be text, not {library!r}")
        return cls(job, library)
