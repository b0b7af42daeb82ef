"""A catalogue of one library, ready for jobs."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from musicai.catalogue import ledger
from musicai.catalogue.files import StoredPath
from musicai.catalogue.session import now, transaction
from musicai.catalogue.tables import Folder, Library, Model, Track
from musicai.states import JobKind, Priority


@pytest.fixture
def new_job(engine: Engine) -> Callable[..., int]:
    """Return a function that makes a job with some pending items and returns its id."""
    with transaction(engine) as session:
        session.add(Library(id=1, name="Music", root="/music", created_at=now()))
        session.add(Model(id=1, name="m", digest="0" * 64, side_car={}, active=True, created_at=now()))
        session.flush()
        session.add(Folder(id=1, library_id=1, path="", key=StoredPath.of(b"").key))

    def make(count: int, *, priority: Priority = Priority.NORMAL, scanned: bool = True) -> int:
        with transaction(engine) as session:
            job = ledger.create_job(
                session, JobKind.CLASSIFY, model_id=1, library_id=1, options={}, priority=priority
            )
            tracks = [_track(f"{job.id}/{n}.wav") for n in range(count)]
            session.add_all(tracks)
            session.flush()
            ledger.add_items(session, job.id, [track.id for track in tracks])
            if scanned:
                ledger.finish_scan(session, job.id, {})
            return job.id

    return make


def _track(path: str) -> Track:
    stored = StoredPath.of(path.encode())
    return Track(
        library_id=1,
        folder_id=1,
        path=stored.text,
        key=stored.key,
        size=1,
        mtime_ns=1,
        device="1",
        inode="1",
        created_at=now(),
        updated_at=now(),
    )
