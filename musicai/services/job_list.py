"""Listing jobs: the latest ones, or those of some states or of one schedule."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, case, exists, func, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Job, Run, Schedule
from musicai.errors import NotFoundError
from musicai.services.jobs import JobView, view_jobs
from musicai.states import JobState


@dataclass(frozen=True)
class Choice:
    """Which jobs are wanted.

    Parameters
    ----------
    states: those that they are listed as; none for all.
    schedule: name of the one that asked for them; None for whoever did.
    """

    states: Collection[str] = ()
    schedule: str | None = None


def latest(engine: Engine, limit: int, choice: Choice | None = None) -> list[JobView]:
    """Return the latest jobs, the latest first.

    Raises
    ------
    NotFoundError: there is no such schedule, and no job that it asked for.
    """
    conditions = _conditions(choice or Choice())
    query = select(Job.id).join(Run, Run.job_id == Job.id, isouter=True).where(*conditions)
    with reading(engine) as session:
        ids = session.scalars(query.order_by(Job.id.desc()).limit(limit)).all()
        if not ids and choice is not None and choice.schedule is not None:
            _check_schedule(session, choice.schedule)
        return view_jobs(session, ids)


def _conditions(choice: Choice) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if choice.states:
        # as `JobView.stands` has it
        stands = case((Job.state == JobState.PAUSED, Job.state), else_=func.coalesce(Run.state, Job.state))
        conditions.append(stands.in_(choice.states))
    if choice.schedule is not None:
        conditions.append(_asked_by(choice.schedule))
    return conditions


def _asked_by(schedule: str) -> ColumnElement[bool]:
    asked: ColumnElement[bool] = Job.options["schedule"].as_string() == schedule
    return asked


def _check_schedule(session: Session, name: str) -> None:
    known = exists().where(Schedule.name == name) | exists().where(_asked_by(name))
    if not session.scalars(select(known)).one():
        raise NotFoundError(
            f"there is no schedule {name!r}, and no job that it asked for: `musicai schedule list` shows"
            " the ones there are"
        )
