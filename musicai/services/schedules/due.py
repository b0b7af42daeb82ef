"""Whether a schedule is due, late, or was left behind by a clock that was set back.

Moments are those of the catalogue's clock, which all schedulers share. It may be set too: that of the
machine with SQLite, or that of the database's server.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from musicai.catalogue.schedules import Due
from musicai.catalogue.tables import Schedule
from musicai.services.schedules.timetable import Timetable
from musicai.states import FiringCause, Misfire

_SET_BACK = timedelta(minutes=1)
"""A clock that is put right by less is left alone; intervals are counted anew after more."""
_SET_BACK_FAR = timedelta(days=1)
"""An instant of cron that came twice for the clock fires once, unless it was set back by more."""


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a schedule that is due.

    Parameters
    ----------
    due: what the firing is about.
    runs: whether it is to begin anything; missed instants may be passed over.
    next_at: when the schedule is due again.
    """

    due: Due
    runs: bool
    next_at: datetime | None


def timetable_of(schedule: Schedule) -> Timetable:
    """Return when a schedule is due."""
    return Timetable(schedule.cron, schedule.every_s, schedule.at, schedule.zone)


def judge(schedule: Schedule, moment: datetime) -> Verdict:
    """Say what is to be done about a schedule whose next instant has come.

    However many instants have passed, it fires once; the next one is reckoned from now.

    Raises
    ------
    ConfigError: its timetable cannot be read on this machine.
    """
    assert schedule.next_at is not None  # noqa: S101 - it is due
    timetable = timetable_of(schedule)
    count, latest = timetable.passed(schedule.next_at, moment)
    late = moment - latest > timedelta(seconds=schedule.grace_s)
    missed = count if late else count - 1
    runs = not late or schedule.misfire == Misfire.RUN_ONCE
    cause = FiringCause.CATCH_UP if late and runs else FiringCause.TIMETABLE
    due = Due(latest, cause, missed, schedule.next_at if missed else None)
    return Verdict(due, runs, timetable.next_after(latest, moment))


def after_set_back(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when a schedule is due whose next instant a wrong clock put too far away; else None."""
    if schedule.next_at is None or schedule.reckoned_at <= moment + _SET_BACK:
        return None
    if schedule.every_s is not None:
        anew = moment + timedelta(seconds=schedule.every_s)
        return anew if schedule.next_at > anew + _SET_BACK else None
    if schedule.cron is not None and schedule.reckoned_at > moment + _SET_BACK_FAR:
        return timetable_of(schedule).next_after(moment, moment)
    return None
