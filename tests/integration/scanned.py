"""A catalogue for tests of the scan, and what a user does to it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, String, cast, exists, insert, literal, select, update

from musicai.catalogue import ledger
from musicai.catalogue.files import path_bytes
from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Item, Job, Model, Prediction, Track
from musicai.services.found_paths import find_paths
from musicai.services.libraries import resolve_targets
from musicai.services.scan import scan
from musicai.services.scan_options import ScanOptions
from musicai.states import ItemState, JobKind, Priority, TrackState


@dataclass
class Catalogue:
    """A catalogue with one model, and what a user does to it."""

    engine: Engine
    model_id: int = 1
    mounts: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def of_models(cls, engine: Engine, *names: str) -> "Catalogue":
        """Add models to a catalogue that has none."""
        with transaction(engine) as session:
            session.add_all(Model(name=name, digest=name, side_car={}, created_at=now()) for name in names)
        return cls(engine)

    def enqueue(self, *paths: Path, name: str | None = None, **options: object) -> int:
        found = find_paths(self.engine, [os.fsencode(p) for p in paths], self.mounts, name)
        with transaction(self.engine) as session:
            targets = resolve_targets(session, found, name)
            job = ledger.create_job(
                session,
                JobKind.CLASSIFY,
                model_id=self.model_id,
                library_id=targets[0].library_id,
                options=ScanOptions(targets, **options).to_json(),
                priority=Priority.NORMAL,
            )
            return job.id

    def scan(self, *paths: Path, name: str | None = None, **options: object) -> Job:
        job_id = self.enqueue(*paths, name=name, **options)
        scan(self.engine, job_id, lambda _: None, lambda: False, self.mounts)
        return self.job(job_id)

    def job(self, job_id: int) -> Job:
        with reading(self.engine) as session:
            job = ledger.get_job(session, job_id)
            items = ledger.recount(session, job_id)
            assert job.total == sum(items.values()) + job.skipped
            return job

    def tracks(self) -> dict[bytes, Track]:
        with reading(self.engine) as session:
            return {path_bytes(t.path, t.raw_path): t for t in session.scalars(select(Track))}

    def present(self) -> set[bytes]:
        return {path for path, t in self.tracks().items() if t.state == TrackState.PRESENT}

    def work(self) -> int:
        """Classify whatever waits, as a worker would: the sound is the file's size here."""
        waiting = select(Item.track_id).where(Item.state == ItemState.PENDING).scalar_subquery()
        mine = (Prediction.track_id == Track.id, Prediction.model_id == self.model_id)
        with transaction(self.engine) as session:
            heard = {"audio_hash": "size " + cast(Track.size, String)}
            session.execute(update(Track).where(Track.id.in_(waiting)).values(heard))
            new = select(
                Track.id, literal(self.model_id), Track.audio_hash, literal(False), literal("jazz"),
                literal("jazz"), literal(0.9), literal([], Prediction.excerpts.type),
                literal(now(), Prediction.created_at.type),
            ).where(Track.id.in_(waiting), ~exists().where(*mine))  # fmt: skip
            columns = "track_id model_id audio_hash whole genre guess confidence excerpts created_at"
            session.execute(insert(Prediction).from_select(columns.split(), new))
            session.execute(
                update(Prediction)
                .where(Prediction.model_id == self.model_id, Prediction.track_id.in_(waiting))
                .values(
                    audio_hash=select(Track.audio_hash)
                    .where(Track.id == Prediction.track_id)
                    .scalar_subquery()
                )
            )
            return self._settle(session)

    def _settle(self, session) -> int:
        pending = update(Item).where(Item.state == ItemState.PENDING)
        jobs = session.scalars(pending.values(state=ItemState.DONE).returning(Item.job_id)).all()
        for job_id in set(jobs):
            session.execute(update(Job).where(Job.id == job_id).values(done=Job.done + jobs.count(job_id)))
        return len(jobs)

    def fail(self, path: bytes, code: str) -> None:
        with transaction(self.engine) as session:
            track = session.get(Track, self.tracks()[path].id)
            track.error_code, track.error_reason = code, "because"
