"""The states of jobs, items and tracks. Values are stored and printed: never rename one."""

from enum import StrEnum


class JobKind(StrEnum):
    """What a job was asked to do."""

    CLASSIFY = "classify"
    """Give every track of a library a prediction."""


class JobState(StrEnum):
    """Where a job stands."""

    SCANNING = "scanning"
    """The folder is still being read; workers already classify what was found."""
    RUNNING = "running"
    """Everything was found; items are being worked on."""
    PAUSED = "paused"
    """Nobody may claim its items until it is resumed (also after Ctrl-C)."""
    CANCELLED = "cancelled"
    """Stopped for good; items that nobody had begun are cancelled."""
    DONE = "done"
    """Every track is done, failed, skipped or cancelled."""

    @property
    def ended(self) -> bool:
        """Whether the job will never change again."""
        return self in (JobState.CANCELLED, JobState.DONE)


class ItemState(StrEnum):
    """Where one track stands within one job."""

    PENDING = "pending"
    """Waits to be claimed."""
    CLAIMED = "claimed"
    """A worker has it in hand; counts as pending in the ledger."""
    DONE = "done"
    """A prediction stands in the catalogue."""
    FAILED = "failed"
    """Failed for good: the quarantine. The item carries an error code and a reason."""
    CANCELLED = "cancelled"
    """The job was cancelled before anybody began it."""


class TrackState(StrEnum):
    """What the last scan saw of a track."""

    PRESENT = "present"
    """The file was there."""
    MISSING = "missing"
    """The file was gone; its rows stay until somebody removes them."""


class ScanState(StrEnum):
    """How far the scan of a job came."""

    OPEN = "open"
    """Being read, or broken off: resuming the job scans again."""
    COMPLETE = "complete"
    """Every folder was read."""


class Priority(StrEnum):
    """Which jobs go first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Order for the catalogue: higher goes first."""
        return ("low", "normal", "high").index(self.value)


UNKNOWN = "unknown"
"""The genre of a prediction whose confidence is below the model's threshold."""


class RowState(StrEnum):
    """Where one track stands in the answer of a query: what is known about it for one model."""

    CLASSIFIED = "classified"
    """The model heard the sound that the file holds now, and was sure enough of its genre."""
    UNKNOWN = "unknown"
    """The model heard it and was not sure enough: the genre reads 'unknown', the guess says which."""
    FAILED = "failed"
    """The file cannot be classified as it is; error and reason say why. It has no genre."""
    PENDING = "pending"
    """Nobody has heard it yet, or its sound changed since. It has no genre."""
    MISSING = "missing"
    """The file was gone at the last scan; the answer that was given stays."""
