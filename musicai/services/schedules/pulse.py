"""Whether a scheduler is alive, as the catalogue tells it: what is due is seen to, or it is not."""

from datetime import timedelta

from sqlalchemy import Engine

from musicai.catalogue import schedules
from musicai.catalogue.session import reading, shared_now

_ADVICE = "`musicai up`, or `musicai scheduler` with a configured broker, runs one"
OVERDUE = timedelta(seconds=30)
"""A scheduler looks every five seconds, and may have to wait for whoever writes."""


def say_if_nobody_fires(engine: Engine) -> str:
    """Return that no scheduler seems to run; empty when all that is due was seen to.

    Empty too where nobody added a schedule: a machine that classifies now and then needs no scheduler.
    """
    with reading(engine) as session:
        active = schedules.active(session)
        has_fired = schedules.has_fired(session)
        moment = shared_now(session)
    if all(schedule.name == schedules.BUILT_IN for schedule in active):
        return ""
    first = active[0]
    if first.next_at is not None and first.next_at < moment - OVERDUE:
        at = f"{first.next_at.astimezone():%Y-%m-%d %H:%M}"
        return f"no scheduler runs: {first.name!r} was due at {at} and did not fire; {_ADVICE}"
    return "" if has_fired else f"no scheduler has run yet; {_ADVICE}"
