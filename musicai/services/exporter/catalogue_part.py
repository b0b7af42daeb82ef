"""What the exporter reads from the catalogue: small tables, counters of ledgers, never the tracks.

Of those it counts the entries of one index, that of the quarantine.
"""

from collections.abc import Iterator

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from musicai.catalogue import counters
from musicai.catalogue.counters import CounterName
from musicai.catalogue.session import reading, shared_now
from musicai.catalogue.tables import Claim, Job, Model, Track
from musicai.errors import CatalogueUnavailableError
from musicai.services.exporter import metrics
from musicai.services.exporter.metrics import Reading
from musicai.services.exporter.schedules import read_schedules
from musicai.services.exporter.training import read_training
from musicai.states import JobKind, JobState, Priority, TrackOutcome, TrackState

_PATIENCE_MS = 4000
_UNENDED = (JobState.SCANNING, JobState.RUNNING, JobState.PAUSED)


def read_catalogue(engine: Engine) -> list[Reading]:
    """Return all that the catalogue says.

    Raises
    ------
    CatalogueUnavailableError: it cannot be reached, or takes too long.
    CatalogueOutdatedError: its schema is another one.
    """
    try:
        with reading(engine) as session:
            if engine.dialect.name == "postgresql":
                # a server that is overloaded must not get one more of these with every scrape
                session.execute(text(f"SET LOCAL statement_timeout = {_PATIENCE_MS}"))
            return [
                *_sums(session),
                *_jobs(session),
                _quarantine(session),
                *_claims(session),
                *_models(session),
                *read_training(session),
                *read_schedules(session),
            ]
    except SQLAlchemyError as err:
        raise CatalogueUnavailableError(f"catalogue: {err}") from err


def _sums(session: Session) -> Iterator[Reading]:
    for node, name, label, value in counters.totals(session):
        if name == CounterName.SECONDS:
            yield Reading(metrics.STAGE_S, (node, label), value)
        elif name == CounterName.FAILURES:
            yield Reading(metrics.TRACKS, (node, TrackOutcome.FAILED, label), value)
        elif label != TrackOutcome.FAILED:  # they are told by their codes
            yield Reading(metrics.TRACKS, (node, label, ""), value)


def _jobs(session: Session) -> Iterator[Reading]:
    pending = Job.total - Job.done - Job.failed - Job.skipped - Job.cancelled
    query = (
        select(Job.kind, Job.state, Job.priority, func.count(), func.sum(pending), func.count(Job.fault))
        .where(Job.state.in_(_UNENDED))
        .group_by(Job.kind, Job.state, Job.priority)
    )
    rows = session.execute(query).all()
    for kind in JobKind:
        ours = [row for row in rows if row[0] == kind]
        yield Reading(metrics.FAULTS, (kind,), sum(row[5] for row in ours))
        for state in _UNENDED:
            yield Reading(metrics.JOBS, (kind, state), sum(row[3] for row in ours if row[1] == state))
            for priority in Priority:
                these = [row[4] for row in ours if row[1:3] == (state, priority.rank)]
                yield Reading(metrics.PENDING, (kind, priority, state), sum(these))


def _quarantine(session: Session) -> Reading:
    # the columns of `ix_track_failed` and no others: it holds these tracks alone
    failed = (Track.state == TrackState.PRESENT, Track.error_code.is_not(None))
    return Reading(metrics.QUARANTINE, (), session.scalars(select(func.count()).where(*failed)).one())


def _claims(session: Session) -> Iterator[Reading]:
    rows = session.execute(
        select(Claim.host, func.count(), func.min(Claim.claimed_at)).group_by(Claim.host)
    ).all()
    for host, count, _ in rows:
        yield Reading(metrics.CLAIMS, (host,), count)
    moment = shared_now(session)
    ages = ((moment - begun).total_seconds() for _, _, begun in rows)
    yield Reading(metrics.CLAIM_AGE, (), max([0.0, *ages]))


def _models(session: Session) -> Iterator[Reading]:
    active = select(Model.name, Model.digest).where(Model.active)
    for name, digest in session.execute(active):
        yield Reading(metrics.MODEL, (name, digest[:12], "active"), 1)
    asked = select(Model.name, Model.digest).join(Job, Job.model_id == Model.id)
    for name, digest in session.execute(asked.where(Job.state.in_(_UNENDED)).distinct()):
        yield Reading(metrics.MODEL, (name, digest[:12], "job"), 1)
