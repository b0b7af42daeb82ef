"""Adding a schedule. Everything that can be wrong with it is found now, not at three in the morning."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from musicai.catalogue import schedules
from musicai.catalogue.session import reading, shared_now, transaction
from musicai.catalogue.tables import Schedule
from musicai.errors import ConfigError
from musicai.services.actor import current_actor
from musicai.services.schedules.timetable import Timetable, read_zone
from musicai.services.schedules.views import ScheduleView, view_schedule
from musicai.states import Misfire, ScheduleKind, ScheduleState

LONGEST = 100
_NAME = re.compile(rf"[\w][\w.-]{{0,{LONGEST - 1}}}")


@dataclass(frozen=True)
class NewSchedule:
    """What is to be added, besides what it asks for.

    Parameters
    ----------
    name: None to be called after its kind.
    grace_s: how late a firing may be and still be on time.
    """

    kind: ScheduleKind
    name: str | None
    timetable: Timetable
    misfire: Misfire = Misfire.RUN_ONCE
    grace_s: float = 300.0


def add(
    engine: Engine, new: NewSchedule, make_options: Callable[[Session], dict[str, Any]] = lambda _: {}
) -> ScheduleView:
    """Add a schedule; a scheduler that runs sees it within seconds.

    Parameters
    ----------
    make_options: returns what each firing asks for, in the transaction that adds the schedule: rows only.

    Raises
    ------
    ConfigError: the name or the timetable cannot be used, or its one instant has passed.
    StateError: there is a schedule of the name.
    """
    _check_name(new.name)
    read_zone(new.timetable.zone)
    with reading(engine) as session:
        moment = shared_now(session)
    next_at = new.timetable.first_after(moment)
    if next_at is None:
        raise ConfigError(f"--at {_echo(new.timetable)} lies in the past")
    with transaction(engine) as session:
        options = make_options(session)
        row = Schedule(
            name=new.name or _free_name(session, new.kind.value),
            kind=new.kind,
            options=options,
            cron=new.timetable.cron,
            every_s=new.timetable.every_s,
            at=new.timetable.at,
            zone=new.timetable.zone,
            misfire=new.misfire,
            grace_s=new.grace_s,
            state=ScheduleState.ACTIVE,
            next_at=next_at,
            reckoned_at=moment,
            actor=current_actor(),
            created_at=moment,
        )
        return view_schedule(session, schedules.add(session, row))


def _echo(timetable: Timetable) -> str:
    """Return an instant as people type it, and the zone in which it was read."""
    there = timetable.at.astimezone(read_zone(timetable.zone)) if timetable.at else None
    return f"{there:%Y-%m-%dT%H:%M:%S} in {timetable.zone}"


def _check_name(name: str | None) -> None:
    if name is not None and not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no name for a schedule: letters, digits, '.', '_', '-', at most {LONGEST}"
        )


def _free_name(session: Session, kind: str) -> str:
    taken = set(session.scalars(select(Schedule.name)))
    names = (kind if number == 1 else f"{kind}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
