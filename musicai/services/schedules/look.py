"""One look at the schedules: fire what is due, and send what waits.

Any number of schedulers may look at once. All of it needs only the catalogue, except for sending; what
cannot be sent waits in the catalogue. What is due is told by the clock of the catalogue alone: of two
schedulers whose own clocks differ, one would fire too early what the other one takes for set back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai import names
from musicai.catalogue import schedules
from musicai.catalogue.session import reading, shared_now, transaction
from musicai.catalogue.tables import Firing, Schedule
from musicai.dispatch import Dispatcher
from musicai.errors import BrokerUnavailableError, ConfigError, MusicAIError
from musicai.services.schedules import kinds
from musicai.services.schedules.due import Verdict, after_set_back, judge
from musicai.states import FiringFault, FiringState, ScheduleKind

LEFT_BEHIND = timedelta(seconds=10)
"""How long a firing waits for the one who wrote it to send it."""
LOST = timedelta(minutes=10)
"""How long a message may wait for a worker before it is sent again, if its queue is empty."""


@dataclass(frozen=True)
class Fired:
    """A firing that this look began.

    Parameters
    ----------
    job: number of the job that it made; None where a worker makes it, or there is none.
    """

    firing: int
    schedule: str
    job: int | None


@dataclass(frozen=True)
class Look:
    """What a look at the schedules found.

    Parameters
    ----------
    fired: what it began; what was due and passed over is told among what people should know.
    said: what people should know, for the log.
    next_at: when the next schedule is due.
    left_s: seconds until then, negative when it is overdue; None when no schedule is left.
    """

    fired: Sequence[Fired]
    said: Sequence[str]
    next_at: datetime | None
    left_s: float | None


def look(engine: Engine, dispatcher: Dispatcher) -> Look:
    """Fire every schedule that is due, send what waits, and say when to look again.

    Raises
    ------
    CatalogueUnavailableError: nothing more can be decided; what was fired before is sent next time.
    """
    fired: list[Fired] = []
    said: list[str] = []
    unreadable: set[int] = set()
    with reading(engine) as session:
        moment = shared_now(session)
        active = schedules.active(session)
    for schedule in active:
        try:
            fired += _see_to(engine, schedule, moment, said)
        except ConfigError as err:  # of this one alone: the others are fired
            said.append(f"schedule {schedule.name} cannot be fired: {err}")
            unreadable.add(schedule.id)
    said += send_waiting(engine, dispatcher, [one.firing for one in fired])
    with reading(engine) as session:
        left = [row.next_at for row in schedules.active(session) if row.id not in unreadable]
        next_at = left[0] if left else None
        left_s = None if next_at is None else (next_at - shared_now(session)).total_seconds()
    return Look(fired, said, next_at, left_s)


def _see_to(engine: Engine, schedule: Schedule, moment: datetime, said: list[str]) -> list[Fired]:
    if schedule.next_at is None or schedule.next_at > moment:
        _mend(engine, schedule, moment, said)
        return []
    verdict = judge(schedule, moment)
    with transaction(engine) as session:
        if not schedules.move_on(session, schedule, verdict.next_at, moment):
            return []
        firing = _fire(session, schedule, verdict, moment)
        said += _told(schedule, verdict, firing)
        begun = firing.state == FiringState.WAITING
        return [Fired(firing.id, schedule.name, firing.job_id)] if begun else []


def _mend(engine: Engine, schedule: Schedule, moment: datetime, said: list[str]) -> None:
    anew = after_set_back(schedule, moment)
    if anew is None:
        return
    with transaction(engine) as session:
        if schedules.move_on(session, schedule, anew, moment):
            said.append(
                f"the clock was set back since schedule {schedule.name} was put to "
                f"{_utc(schedule.next_at)}: it is due at {_utc(anew)}"
            )


def _fire(session: Session, schedule: Schedule, verdict: Verdict, moment: datetime) -> Firing:
    former = schedules.in_the_way(session, schedule.id)
    firing = schedules.add_firing(session, schedule.id, verdict.due, moment)
    if not verdict.runs:
        schedules.skip(session, firing.id, FiringFault.MISSED, "no scheduler ran when it was due")
    elif former is not None and not _gives_way(session, schedule, former):
        schedules.skip(session, firing.id, FiringFault.STILL_RUNNING, still_running(former))
    else:
        begin(session, schedule, firing)
    session.refresh(firing)
    return firing


def begin(session: Session, schedule: Schedule, firing: Firing) -> None:
    """Write what a firing begins; one that cannot begin has failed, and the schedule goes on."""
    try:
        kinds.begin(session, schedule, firing)
    except MusicAIError as err:
        schedules.fail(session, firing.id, err.code, str(err))


def still_running(former: Firing) -> str:
    """Say what of a schedule is not over."""
    if former.job_id is not None:
        return f"job {former.job_id} of {_utc(former.due_at)} is not over"
    return f"nobody has taken up the one of {_utc(former.due_at)} yet"


def _utc(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"


def _gives_way(session: Session, schedule: Schedule, former: Firing) -> bool:
    """Whether a former firing is closed by the next one, which does the same; or by whoever takes it up."""
    if schedule.kind != ScheduleKind.RECONCILE:
        return False
    schedules.fail(session, former.id, FiringFault.NOT_TAKEN, "no worker took it up before the next one")
    return True


def _told(schedule: Schedule, verdict: Verdict, firing: Firing) -> list[str]:
    due, said = verdict.due, []
    begun = firing.state == FiringState.WAITING
    if due.missed:
        what = "runs once now" if begun else f"next at {_utc(verdict.next_at)}"
        times = "once" if due.missed == 1 else f"{due.missed} times"
        said.append(f"schedule {schedule.name} was missed {times} since {_utc(due.missed_since)}: {what}")
    if not begun:
        said.append(f"schedule {schedule.name}: {firing.state}: {firing.error_reason}")
    return said


def send_waiting(engine: Engine, dispatcher: Dispatcher, fresh: Sequence[int] = ()) -> list[str]:
    """Send the messages of firings that nobody was told of; return what went wrong.

    Parameters
    ----------
    fresh: the firings that the caller wrote just now.
    """
    with reading(engine) as session:
        moment = shared_now(session)
        waiting = schedules.to_send(session, fresh, moment - LEFT_BEHIND, moment - LOST)
    try:
        for firing, schedule in waiting:
            _send(engine, dispatcher, schedule, firing)
    except BrokerUnavailableError as err:
        return [f"{err}; what is due waits in the catalogue"]
    return []


def _send(engine: Engine, dispatcher: Dispatcher, schedule: Schedule, firing: Firing) -> None:
    if firing.state == FiringState.SENT and dispatcher.waiting(names.CONTROL_QUEUE):
        return  # it may be among those
    try:
        kinds.send(dispatcher, schedule, firing)
    except ConfigError:
        return  # another version's; the schedulers of that one send it
    with transaction(engine) as session:
        schedules.note_sent(session, firing.id)
