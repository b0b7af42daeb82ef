"""What a worker must know of the tracks in its hands, and what it writes back about the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, select, update
from sqlalchemy.orm import Session

from musicai.catalogue.claims import Handful
from musicai.catalogue.files import path_bytes
from musicai.catalogue.session import now
from musicai.catalogue.tables import Item, Job, Library, Model, Prediction, Track


@dataclass(frozen=True)
class JobOrder:
    """What holds for every item of a job.

    Parameters
    ----------
    side_car: of its model, as JSON.
    follow_links: whether its tracks may lie behind links.
    """

    job_id: int
    model_id: int
    model_name: str
    side_car: Mapping[str, Any]
    force: bool
    whole: bool
    follow_links: bool = False


@dataclass(frozen=True)
class TrackOrder:
    """One track to be classified.

    Parameters
    ----------
    path: relative to the root of the library, as bytes.
    predicted: the sound that this job's model has answered for already (and in full, when the job
        is about whole tracks); None when there is no such prediction.
    audio_hash: which sound the file held when it was last heard; None when it changed since.
    size, mtime_ns: of the file that was heard, as the scan saw it.
    """

    item_id: int
    track_id: int
    library: str
    root: str
    path: bytes
    predicted: str | None
    audio_hash: str | None
    size: int
    mtime_ns: int


def read_job(session: Session, job_id: int) -> JobOrder:
    """Return what holds for every item of a job."""
    query = (
        select(Job.options, Model.id, Model.name, Model.side_car)
        .join(Model, Model.id == Job.model_id)
        .where(Job.id == job_id)
    )
    options, model_id, name, side_car = session.execute(query).one()
    return JobOrder(
        job_id,
        model_id,
        name,
        side_car,
        force=bool(options.get("force")),
        whole=bool(options.get("whole")),
        follow_links=bool(options.get("follow_symlinks")),
    )


def read_tracks(session: Session, handful: Handful, job: JobOrder) -> list[TrackOrder]:
    """Return the tracks of a handful in its order."""
    of_model = and_(Prediction.track_id == Track.id, Prediction.model_id == job.model_id)
    query = (
        select(Item.id, Track, Library, Prediction.audio_hash, Prediction.whole)
        .join(Track, Track.id == Item.track_id)
        .join(Library, Library.id == Track.library_id)
        .join(Prediction, of_model, isouter=True)
        .where(Item.id.in_([item_id for item_id, _ in handful.items]))
        .order_by(Item.id)
    )
    return [
        TrackOrder(
            item_id,
            track.id,
            library.name,
            library.root,
            path_bytes(track.path, track.raw_path),
            predicted if whole or not job.whole else None,
            track.audio_hash,
            track.size,
            track.mtime_ns,
        )
        for item_id, track, library, predicted, whole in session.execute(query)
    ]


def write_facts(session: Session, facts: Sequence[Mapping[str, Any]]) -> None:
    """Update tracks: each a mapping of ``id``, of columns that change, and of the file that they are of.

    ``seen_size`` and ``seen_mtime_ns`` name that file: what was found out about one that a scan has seen
    changed meanwhile holds no longer, and its row stays as it is.
    """
    moment, table = now(), cast("Table", Track.__table__)
    of_file = and_(
        table.c.id == bindparam("track_id"),
        table.c.size == bindparam("seen_size"),
        table.c.mtime_ns == bindparam("seen_mtime_ns"),
    )
    # one order for everybody: two jobs with the same tracks would wait for each other otherwise
    ordered = sorted(facts, key=lambda fact: int(fact["id"]))
    for _, alike in groupby(ordered, key=frozenset):
        # of the table, not of the class: bookkeeping of objects nobody holds took longer than the database
        session.connection().execute(
            update(table).where(of_file),
            [{"track_id": row["id"], "updated_at": moment, **_without_id(row)} for row in alike],
        )


def _without_id(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fact.items() if name != "id"}
