"""Whether a scheduler is alive, as the catalogue tells it: what is due is seen to, or it is not."""

from datetime import timedelta

from sqlalchemy import Engine

from musicai.catalogue import schedules
from musicai.catalogue.session import now, reading

OVERDUE = timedelta(seconds=30)
"""A scheduler looks every five seconds, and may have to wait for whoever writes."""


def say_if_nobody_fires(engine: Engine) -> str:
    """Return that no scheduler seems to run; empty when all that is due was seen to.

    Empty too where nobody added a schedule: a machine that classifies now and then needs no scheduler.
    """
    with reading(engine) as session:
        active = schedules.active(session)
    if all(schedule.name == schedules.BUILT_IN for schedule in active):
        return ""
    first = active[0]
    if first.next_at is None or first.next_at > now() - OVERDUE:
        return ""
    return (
        f"no scheduler runs: {first.name!r} was due at {first.next_at.astimezone():%Y-%m-%d %H:%M} and did "
        "not fire; `musicai up`, or `musicai scheduler` with a configured broker, runs one"
    )
