"""The tables of the catalogue. Singular names; instants are aware UTC and end in ``_at``."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from musicai.states import ItemState, JobState, Priority, ScanState, TrackState


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC on every database (SQLite forgets the zone, this puts it back)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


class Base(DeclarativeBase):
    """Common base: constraint names that migrations can refer to on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant(),
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text(),
        float: Float(53),
    }


class Library(Base):
    """A named root of audio."""

    __tablename__ = "library"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    root: Mapped[str]
    """Folder on the node that enqueued it first, or a URL without secrets; other nodes may set
    MUSICAI_MOUNTS."""
    created_at: Mapped[datetime]


class Folder(Base):
    """One folder of a library, with the job that last read it: how vanished folders are noticed."""

    __tablename__ = "folder"
    __table_args__ = (UniqueConstraint("library_id", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id"))
    path: Mapped[str]
    """Relative to the root, as text to show; '' is the root itself."""
    key: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Digest of the path's bytes."""
    raw_path: Mapped[bytes | None]
    """The path's bytes, only when they are not UTF-8."""
    seen_job_id: Mapped[int | None] = mapped_column(Id)


class Track(Base):
    """One audio file in a library."""

    __tablename__ = "track"
    __table_args__ = (
        UniqueConstraint("library_id", "key"),
        Index("ix_track_folder_id", "folder_id"),
        Index("ix_track_audio_hash", "audio_hash"),
        Index("ix_track_moved", "library_id", "inode", "size"),
        # the quarantine, which every scrape of the exporter counts
        Index(
            "ix_track_failed",
            "state",
            "error_code",
            sqlite_where=text("error_code IS NOT NULL"),
            postgresql_where=text("error_code IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("library.id"))
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id"))
    path: Mapped[str]
    """Relative to the library's root, as text to show and to search."""
    key: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Digest of the path's bytes: identity, also for names that are not UTF-8."""
    raw_path: Mapped[bytes | None]
    """The path's bytes, only when they are not UTF-8."""
    state: Mapped[str] = mapped_column(String(12), default=TrackState.PRESENT)

    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(String(24))
    inode: Mapped[str] = mapped_column(String(24))
    """Text: some file systems use all 64 bits, which a signed column cannot hold."""

    audio_hash: Mapped[str | None] = mapped_column(String(40))
    container: Mapped[str | None] = mapped_column(String(40))
    codec: Mapped[str | None] = mapped_column(String(40))
    duration_s: Mapped[float | None]
    sample_rate: Mapped[int | None]
    channels: Mapped[int | None]

    title: Mapped[str | None]
    artist: Mapped[str | None]
    album: Mapped[str | None]
    tag: Mapped[str | None]
    """The genre tag of the file."""

    error_code: Mapped[str | None] = mapped_column(String(40))
    error_reason: Mapped[str | None]
    """Why the file, as it is now, cannot be classified; cleared when it changes."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Model(Base):
    """One version of a model, as the catalogue knows it. Its files stand in the model store."""

    __tablename__ = "model"
    __table_args__ = (
        # however many promote at once: one model is active
        Index(
            "uq_model_active",
            "active",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    """``FAMILY-VERSION`` for those that were trained here."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the weights."""
    side_car: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    """Since when nobody is offered it any more; its predictions stay."""
    created_at: Mapped[datetime]


class ModelEvent(Base):
    """One line of the audit trail of the models: what was done to which one, by whom, and why."""

    __tablename__ = "model_event"
    __table_args__ = (Index("ix_model_event_model_id", "model_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    event: Mapped[str] = mapped_column(String(16))
    """A `ModelEventKind`."""
    actor: Mapped[str] = mapped_column(String(255))
    """USER@HOST of whoever asked for it, or the run that did it by itself."""
    detail: Mapped[dict[str, Any]]
    """What belongs to it: the model that was active before, the gate's verdict, whether it was forced."""
    created_at: Mapped[datetime]


class Prediction(Base):
    """The answer of one model for one track."""

    __tablename__ = "prediction"
    __table_args__ = (
        UniqueConstraint("track_id", "model_id"),
        Index("ix_prediction_model_id_genre", "model_id", "genre"),
        # a review begins at the most doubtful end, and does not look at the rest
        Index("ix_prediction_model_id_margin", "model_id", "margin"),
        Index("ix_prediction_model_id_discord", "model_id", "discord"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"))
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    audio_hash: Mapped[str] = mapped_column(String(40))
    """Which sound was heard."""
    whole: Mapped[bool] = mapped_column(default=False)
    """Whether all of the track was heard, not only its excerpts."""
    genre: Mapped[str] = mapped_column(String(80))
    """The genre, or 'unknown' when the confidence is below the model's threshold."""
    guess: Mapped[str] = mapped_column(String(80))
    """The genre of the highest score, however low."""
    confidence: Mapped[float]
    """Calibrated probability of the guess."""
    margin: Mapped[float] = mapped_column(server_default=text("0"))
    """How far the best score is ahead of the second."""
    discord: Mapped[float] = mapped_column(server_default=text("0"))
    """How far the excerpts' scores are from the track's, on average: 0 alike, 1 entirely different."""
    excerpts: Mapped[list[Any]] = mapped_column(deferred=True)
    """[{"start_s", "duration_s", "scores": {genre: score}}]"""
    created_at: Mapped[datetime]


class Score(Base):
    """One score of a prediction; only those of at least 0.01 are kept."""

    __tablename__ = "score"
    __table_args__ = (Index("ix_score_genre_score", "genre", "score"),)

    prediction_id: Mapped[int] = mapped_column(
        ForeignKey("prediction.id", ondelete="CASCADE"), primary_key=True
    )
    genre: Mapped[str] = mapped_column(String(80), primary_key=True)
    score: Mapped[float]


class Job(Base):
    """One request, with its ledger: total = done + failed + skipped + cancelled + pending."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_priority", "state", "priority"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default=JobState.SCANNING)
    scan_state: Mapped[str] = mapped_column(String(12), default=ScanState.OPEN)
    priority: Mapped[int] = mapped_column(default=Priority.NORMAL.rank)
    library_id: Mapped[int | None] = mapped_column(ForeignKey("library.id"))
    """The library of its first path: what people see; items know their own tracks."""
    model_id: Mapped[int | None] = mapped_column(ForeignKey("model.id"))
    """The model that is asked; None for a job that trains one, until it has."""
    options: Mapped[dict[str, Any]]
    """What the command line asked for: enough to scan again."""
    report: Mapped[dict[str, Any]]
    """What the scan saw besides tracks: ignored files by kind, unreadable folders."""
    fault: Mapped[str | None]
    """Why nobody can work on it, when something outside the job is wrong (no model, no mount)."""

    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)

    progress_at: Mapped[datetime]
    """Last claim or commit."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    """Since when the rows of its settled tracks, or of its epochs, are gone."""

    @property
    def pending(self) -> int:
        """Items that still wait or are in a worker's hands."""
        return self.total - self.done - self.failed - self.skipped - self.cancelled


class Scan(Base):
    """The reading of a job's folders, as long as it is not complete, and who reads."""

    __tablename__ = "scan"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True, autoincrement=False)
    holder: Mapped[str | None] = mapped_column(String(300))
    """HOST PID START of the process that reads; None when anybody may."""
    lease_until: Mapped[datetime | None]
    """When others may start it over, unless the holder shows a sign of life."""
    deaths: Mapped[int] = mapped_column(default=0)
    """How many processes died over it."""
    called_at: Mapped[datetime]
    """When somebody was last called for it."""


class Claim(Base):
    """A handful of items in the hands of one worker process."""

    __tablename__ = "claim"
    # a number is never used twice: a holder that lost its claim must not commit to a later one's
    __table_args__ = (Index("ix_claim_job_id", "job_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    started: Mapped[float]
    """Start time of the process, against reused numbers."""
    parent_pid: Mapped[int]
    parent_started: Mapped[float]
    """The worker that the process belongs to: tells a crash from a machine that went away."""
    alone: Mapped[bool]
    """Whether it holds a single suspect, so that a death names the culprit."""
    claimed_at: Mapped[datetime]
    lease_until: Mapped[datetime]


class Item(Base):
    """One track within one job."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("job_id", "track_id"),
        # Claims read only this index; it holds what is pending and so shrinks as the job goes on.
        Index(
            "ix_item_pending",
            "job_id",
            "suspect",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_item_claim_id",
            "claim_id",
            sqlite_where=text("claim_id IS NOT NULL"),
            postgresql_where=text("claim_id IS NOT NULL"),
        ),
        Index("ix_item_track_id", "track_id"),
        # the quarantine of a job, which everybody who watches it counts several times a second
        Index(
            "ix_item_failed",
            "job_id",
            "error_code",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"))
    state: Mapped[str] = mapped_column(String(12), default=ItemState.PENDING)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    suspect: Mapped[bool] = mapped_column(default=False)
    """Was in the hands of a process that died: runs alone from now on."""
    attempts: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class Run(Base):
    """The training run of a job: what it was asked, who works on it, how far it is, what came of it."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_state", "state"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    """The family of the model that it trains."""
    state: Mapped[str] = mapped_column(String(12))
    """A `RunState`."""
    request: Mapped[dict[str, Any]]
    """Everything that was asked for: data, split, recipe, seed, what comes after."""
    facts: Mapped[dict[str, Any]]
    """What it used and found: data and split digests, leaks, versions, figures, the gate's verdict."""
    folder: Mapped[str | None]
    """Where its checkpoints, curves and other artefacts lie."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Epochs that are done."""
    epochs: Mapped[int] = mapped_column(default=0)
    """Epochs in all, 0 until that is known."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often somebody began or resumed it."""
    deaths: Mapped[int] = mapped_column(default=0)
    """How many processes died over it since it last finished an epoch."""
    holder: Mapped[str | None] = mapped_column(String(300))
    """HOST PID START of the process that works on it."""
    lease_until: Mapped[datetime | None]
    """When others may take it over, unless the holder shows a sign of life."""
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_reason: Mapped[str | None]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("model.id"))
    """What it trained."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Epoch(Base):
    """The figures of one epoch of a run."""

    __tablename__ = "epoch"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 on."""
    train_loss: Mapped[float]
    train_accuracy: Mapped[float | None]
    test_loss: Mapped[float | None]
    test_accuracy: Mapped[float | None]
    rate: Mapped[float]
    """The learning rate at its end."""
    seconds: Mapped[float]
    """How long it took."""
    created_at: Mapped[datetime]


class Correction(Base):
    """A person's word on the genre of a track. Stands beside predictions; the latest one counts."""

    __tablename__ = "correction"
    __table_args__ = (
        Index("ix_correction_track_id", "track_id"),
        Index("ix_correction_genre", "genre"),
        Index("ix_correction_audio_hash", "audio_hash"),
        # two people at once: a track has one word that counts, and reading it is a plain join
        Index(
            "ix_correction_standing",
            "track_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"))
    genre: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(12))
    """A `CorrectionSource`."""
    audio_hash: Mapped[str | None] = mapped_column(String(40))
    """Which sound was meant; None when nobody has heard the file yet, empty when it changed before
    anybody did: nobody will know any more."""
    actor: Mapped[str] = mapped_column(String(255))
    """USER@HOST of whoever said so."""
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """Since when it does not count any more: taken back, or replaced by a later word."""


class Schedule(Base):
    """What is to be done again and again, and when: exactly one of `cron`, `every_s` and `at` is given."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    """A `ScheduleKind`."""
    options: Mapped[dict[str, Any]]
    """What each firing asks for, in the words of its kind."""
    cron: Mapped[str | None] = mapped_column(String(200))
    """Five fields, read in the zone."""
    every_s: Mapped[float | None]
    at: Mapped[datetime | None]
    """The one instant of a schedule that fires once."""
    zone: Mapped[str] = mapped_column(String(64))
    """IANA name of the time zone that cron is read in."""
    misfire: Mapped[str] = mapped_column(String(12))
    """A `Misfire`: what is done about missed instants."""
    grace_s: Mapped[float]
    """How late a firing may be and still be on time."""
    state: Mapped[str] = mapped_column(String(12))
    """A `ScheduleState`."""
    next_at: Mapped[datetime | None]
    """When it fires next: whoever changes it from what it read has the firing. None when it will not."""
    reckoned_at: Mapped[datetime]
    """What the clock said when `next_at` was reckoned: later than now means that it was set back since."""
    actor: Mapped[str] = mapped_column(String(255))
    """USER@HOST of whoever added it."""
    created_at: Mapped[datetime]


class Firing(Base):
    """One time that a schedule came due, or was run by hand, and what came of it."""

    __tablename__ = "firing"
    __table_args__ = (Index("ix_firing_schedule_id", "schedule_id"), Index("ix_firing_job_id", "job_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    """The instant of the timetable that it belongs to, the latest one if several had passed."""
    fired_at: Mapped[datetime]
    """When a scheduler, or a person, saw to it."""
    cause: Mapped[str] = mapped_column(String(12))
    """A `FiringCause`."""
    missed: Mapped[int] = mapped_column(default=0)
    """Instants that passed with nobody there to fire in time."""
    missed_since: Mapped[datetime | None]
    """The first of them."""
    state: Mapped[str] = mapped_column(String(12))
    """A `FiringState`; where there is a job, that one tells how it went on."""
    sent_at: Mapped[datetime | None]
    """When the broker last took its message."""
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    outcome: Mapped[dict[str, Any]]
    """What came of it, as far as no job, run or model says so."""
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_reason: Mapped[str | None]
    """Why it failed or was skipped."""
    ended_at: Mapped[datetime | None]


class Counter(Base):
    """A sum that only grows, of what one node did: what the exporter publishes.

    A row for each node: at every commit of a handful a worker adds to it, and one row for all would be
    what all workers wait for.
    """

    __tablename__ = "counter"

    node: Mapped[str] = mapped_column(String(255), primary_key=True)
    """Its host name."""
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    """A `CounterName`."""
    label: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A `Stage`, a `TrackOutcome` or an error code."""
    value: Mapped[float]
    updated_at: Mapped[datetime]
