"""The states of jobs, items and tracks. Values are stored and printed: never rename one."""

from enum import StrEnum


class JobKind(StrEnum):
    """What a job was asked to do."""

    CLASSIFY = "classify"
    """Give every track of a library a prediction."""
    TRAIN = "train"
    """Train a model; its ledger counts one thing to do."""


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


class RunState(StrEnum):
    """Where a training run stands."""

    WAITING = "waiting"
    """Nobody has begun it, or whoever worked on it died and it waits to be resumed."""
    RUNNING = "running"
    """A process works on it and shows signs of life."""
    DONE = "done"
    """The model stands in the store and in the catalogue."""
    FAILED = "failed"
    """It cannot be done as it was asked; error code and reason say why."""
    CANCELLED = "cancelled"
    """Somebody cancelled it; its checkpoint stays."""

    @property
    def ended(self) -> bool:
        """Whether nobody will work on it any more."""
        return self in (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


class ModelEventKind(StrEnum):
    """What can happen to a model: the lines of its audit trail."""

    REGISTERED = "registered"
    """It was trained here, or came with the package, or was found in the store."""
    IMPORTED = "imported"
    """It was imported from a file."""
    EXPORTED = "exported"
    """It was written to a file for somewhere else."""
    PROMOTED = "promoted"
    """It became the active model."""
    TOOK_OVER = "took_over"
    """It became the active model by itself: the package comes with it in the place of the former one."""
    REFUSED = "refused"
    """The gate did not let it become the active model."""
    ROLLED_BACK = "rolled_back"
    """It gave its place back to the model that was active before."""
    ARCHIVED = "archived"
    """It is not offered any more; its predictions stay."""
    RESTORED = "restored"
    """It came back out of the archive."""


class CorrectionSource(StrEnum):
    """Where a person's word on a genre comes from."""

    PERSON = "person"
    """Somebody named the genre."""
    TAGS = "tags"
    """Somebody said that the genre tags of the files are right."""


class CorrectionState(StrEnum):
    """Whether a person has said which genre a track has: what `corrected:` asks for."""

    YES = "yes"
    """Somebody said so, about the sound that the file holds now."""
    STALE = "stale"
    """Somebody did, but the file changed since, and was not heard again or holds another sound: the word
    does not count."""
    NO = "no"
    """Nobody did, or the word was taken back."""


class Doubt(StrEnum):
    """Why an answer is worth a person's look: the reasons of `musicai review`."""

    UNCERTAIN = "uncertain"
    """The best score is hardly ahead of the second, or so low that the answer is 'unknown'."""
    EXCERPTS = "excerpts"
    """The excerpts of the track disagree with one another."""
    TAG = "tag"
    """The file's tag names another genre that the model knows."""
    MODEL = "model"
    """Another model heard another genre."""
    CORRECTION = "correction"
    """A person said that it is another genre; seen with --all only, for the word decides."""
    STALE = "stale"
    """A person said which genre it is, but the file's sound changed since."""


class ScheduleKind(StrEnum):
    """What a schedule asks for each time."""

    RETRAIN = "retrain"
    """Train a model and offer it to the gate: a job of kind `train`."""
    RESCAN = "rescan"
    """Read folders again and classify what is new or changed: a job of kind `classify`."""
    RECONCILE = "reconcile"
    """Put right what faults left behind; no job."""


class ScheduleState(StrEnum):
    """Whether a schedule fires."""

    ACTIVE = "active"
    """At its next instant."""
    PAUSED = "paused"
    """Not until it is resumed; what is due meanwhile is not made up for."""
    ENDED = "ended"
    """Never again by itself: its one instant has come."""


class Misfire(StrEnum):
    """What a schedule does about instants that passed while no scheduler ran."""

    RUN_ONCE = "run_once"
    """Run once, however many were missed."""
    SKIP = "skip"
    """Wait for the next one."""


class FiringCause(StrEnum):
    """Why a schedule fired."""

    TIMETABLE = "timetable"
    """Its instant had come."""
    CATCH_UP = "catch_up"
    """Instants were missed; this makes up for them."""
    BY_HAND = "by_hand"
    """Somebody asked for it: `musicai schedule run-now`."""


class FiringState(StrEnum):
    """What became of a firing."""

    WAITING = "waiting"
    """Written, and nobody was told yet: the broker is away, or the scheduler died in this moment."""
    SENT = "sent"
    """The broker has the message; no worker has taken it up yet."""
    RUNNING = "running"
    """A worker has taken it up; stored so for good where there is a job, which says how it goes on."""
    DONE = "done"
    """It ended well."""
    FAILED = "failed"
    """It ended badly, or could not begin; error code and reason say why."""
    CANCELLED = "cancelled"
    """Its job was cancelled."""
    SKIPPED = "skipped"
    """Nothing was begun, on purpose: the last one still ran, or too much time had passed."""


class FiringFault(StrEnum):
    """Why a firing began nothing, or came to nothing, besides the codes of errors."""

    MISSED = "missed"
    """No scheduler ran when it was due, and the schedule's policy is to wait for the next instant."""
    STILL_RUNNING = "still_running"
    """What the schedule began before is not over."""
    NOT_TAKEN = "not_taken"
    """No worker took it up before the next one was due."""


class Stage(StrEnum):
    """What the seconds of a worker go to: the stages of `musicai_stage_seconds_total`."""

    DECODE = "decode"
    """Opening and decoding the file, the audio hash, reading the tags."""
    FRONT_END = "front_end"
    """Making spectrograms, or pictures of them, out of the samples."""
    NETWORK = "network"
    """Asking the network."""
    CACHE = "cache"
    """Reading and writing the kept spectrograms."""
    CATALOGUE = "catalogue"
    """Claiming handfuls and committing what was found."""


class TrackOutcome(StrEnum):
    """What became of a track in a job: the outcomes of `musicai_tracks_total`."""

    DONE = "done"
    """It has an answer that is sure enough."""
    UNKNOWN = "unknown"
    """It has an answer that is not sure enough: its genre reads 'unknown'."""
    FAILED = "failed"
    """It is in quarantine; the error code says why."""
    SKIPPED = "skipped"
    """It was answered for before, and a scan found it unchanged."""
