"""What a worker did about one message, in words for Flower and the log."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from musicai.states import TrackOutcome

_WORDS = {
    TrackOutcome.DONE: "classified",
    TrackOutcome.UNKNOWN: "unknown",
    TrackOutcome.FAILED: "failed",
}


@dataclass
class JobReport:
    """What was done for one job."""

    library: str = ""
    handfuls: int = 0
    tracks: int = 0
    outcomes: Counter[TrackOutcome] = field(default_factory=Counter)

    def __str__(self) -> str:
        many = f" in {self.handfuls} handfuls" if self.handfuls > 1 else ""
        became = [f"{self.outcomes[o]} {word}" for o, word in _WORDS.items() if self.outcomes[o]]
        if left := self.tracks - self.outcomes.total():
            became.append(f"{left} given back")
        return f"{self.tracks} track{'' if self.tracks == 1 else 's'}{many}: {', '.join(became)}"


@dataclass
class WorkReport:
    """What was done, by job.

    Parameters
    ----------
    more: whether anything may still wait.
    """

    jobs: dict[int, JobReport] = field(default_factory=dict)
    more: bool = False

    def add(self, job_id: int, library: str, tracks: int, outcomes: Counter[TrackOutcome]) -> None:
        """Count a handful."""
        job = self.jobs.setdefault(job_id, JobReport())
        job.library = library or job.library
        job.handfuls += 1
        job.tracks += tracks
        job.outcomes += outcomes

    def __str__(self) -> str:
        return "; ".join(self._lines()) or "nothing waited"

    def _lines(self) -> Iterator[str]:
        for job_id, job in self.jobs.items():
            library = f", library {job.library}" if job.library else ""
            yield f"job {job_id}{library}: {job}"
