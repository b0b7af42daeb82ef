"""When a schedule is due: cron in a time zone, every so many seconds, or once.

Cron is read as Debian's is. What names an hour runs once a day, also on the day when the clock is put
forward over it (then at the first minute that exists) or back over it (then the first time); what runs
every hour or oftener follows the time that really passes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from musicai.errors import ConfigError

COUNTED = 10_000
"""Missed instants of cron that are counted one by one; a longer outage is not told apart."""


@dataclass(frozen=True)
class Timetable:
    """The instants at which something is due; exactly one of the first three is given.

    Parameters
    ----------
    cron: five fields, read in the zone.
    every_s: seconds from one instant to the next.
    at: the only instant.
    zone: IANA name.
    """

    cron: str | None = None
    every_s: float | None = None
    at: datetime | None = None
    zone: str = "UTC"

    def first_after(self, moment: datetime) -> datetime | None:
        """Return the first instant of a timetable that begins now; None when none is left."""
        if self.every_s is not None:
            return moment + timedelta(seconds=self.every_s)
        return self.next_after(moment, moment)

    def next_after(self, known: datetime, moment: datetime) -> datetime | None:
        """Return the first instant after a moment; None when none is left.

        Parameters
        ----------
        known: an instant of the timetable, from which intervals are counted.

        Raises
        ------
        ConfigError: the cron expression or the zone cannot be read, or names no day that ever comes.
        """
        if self.every_s is not None:
            steps = math.floor((moment - known) / timedelta(seconds=self.every_s)) + 1
            return known + timedelta(seconds=self.every_s) * max(steps, 0)
        if self.at is not None:
            return self.at if self.at > moment else None
        return next(self._cron(moment))

    def passed(self, known: datetime, moment: datetime) -> tuple[int, datetime]:
        """Return how many instants lie from a known one up to a moment, and the latest of them.

        Parameters
        ----------
        known: the first of them.
        """
        if self.every_s is not None:
            step = timedelta(seconds=self.every_s)
            more = math.floor((moment - known) / step)
            return 1 + more, known + more * step
        if self.at is not None:
            return 1, known
        count, latest = 1, known
        for instant in islice(self._cron(known), COUNTED - 1):
            if instant > moment:
                break
            count, latest = count + 1, instant
        return count, latest

    def _cron(self, moment: datetime) -> Iterator[datetime]:
        """Yield the instants of cron after a moment, in UTC."""
        assert self.cron is not None  # noqa: S101 - the other ways are dealt with
        last = moment
        for found in read_cron(self.cron, moment.astimezone(read_zone(self.zone))):
            instant = found.astimezone(UTC)
            # an hour that the clock goes through twice: what it names has come the first time
            if instant > last:
                last = instant
                yield instant
        raise ConfigError(f"the cron expression {self.cron!r} names a day that never comes")


def read_cron(text: str, local: datetime) -> CronSim:
    """Return the local times of a cron expression after a local time; ConfigError says what is wrong."""
    fields = text.split()
    if len(fields) != 5:
        raise ConfigError(
            f"cron expression {text!r}: five fields are wanted, minute, hour, day, month and weekday, such "
            'as "0 3 * * sun"'
        )
    try:
        return CronSim(text, local)
    except CronSimError as err:
        raise ConfigError(f"cron expression {text!r}: {str(err).lower()}") from err


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone; ConfigError when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise ConfigError(
            f"there is no time zone {name!r}: an IANA name is wanted, such as Europe/Rome or UTC"
        ) from err
