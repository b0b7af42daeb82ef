"""The options of every ``musicai schedule add``: what it is called and when it is due."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from musicai.cli.instants import read_duration, stretch
from musicai.errors import ConfigError
from musicai.states import Misfire, ScheduleKind

if TYPE_CHECKING:
    from musicai.services.schedules.adding import NewSchedule

_SHORTEST_S, _LONGEST_S = 60.0, 3650 * 86_400.0
"""Each firing is a job that a worker has to begin, as each of cron is, which knows no seconds either."""
_WITHOUT_A_JOB_S = 1.0
_OPTIONS = (
    click.option("--name", metavar="NAME", help="What to call the schedule. Default: after its kind."),
    click.option(
        "--cron",
        metavar="'M H D M W'",
        help='Minute, hour, day, month and weekday, in the zone: "0 3 * * sun".',
    ),
    click.option(
        "--every",
        callback=read_duration,
        metavar="TIME",
        help="From one firing to the next: 6h, 30m, 1d12h; at least a minute, of reconcile a second.",
    ),
    click.option("--at", metavar="INSTANT", help="Once, at 2026-12-24T18:00, in the zone if none is said."),
    click.option("--tz", metavar="ZONE", help="Time zone such as Europe/Rome. Default: of this machine."),
    click.option(
        "--misfire",
        type=click.Choice([policy.value.replace("_", "-") for policy in Misfire]),
        default="run-once",
        show_default=True,
        help="What to do about instants that pass while no scheduler runs: run once for all, or skip.",
    ),
    click.option(
        "--grace",
        callback=read_duration,
        default="5m",
        show_default=True,
        metavar="TIME",
        help="How late a firing may be and still be on time.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the schedule as JSON."),
)


def when_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def new_schedule(
    kind: ScheduleKind,
    *,
    name: str | None,
    cron: str | None,
    every: float | None,
    at: str | None,
    tz: str | None,
    misfire: str,
    grace: float,
) -> "NewSchedule":
    """Return what the options ask for; ConfigError when they do not fit one another."""
    from musicai.services.schedules.adding import NewSchedule
    from musicai.services.schedules.timetable import Timetable

    ways = {"--cron": cron, "--every": every, "--at": at}
    given = [option for option, value in ways.items() if value is not None]
    if not given:
        raise ConfigError("say when: with one of --cron, --every and --at")
    if len(given) > 1:
        raise ConfigError(
            f"{' and '.join(given)} exclude one another: a schedule has one of --cron, --every and --at"
        )
    if every is not None:
        _check_every(kind, every)
    zone = tz or _zone_of_this_machine()
    timetable = Timetable(cron, every, None if at is None else read_instant(at, zone), zone)
    return NewSchedule(kind, name, timetable, Misfire(misfire.replace("-", "_")), grace)


def _check_every(kind: ScheduleKind, every_s: float) -> None:
    shortest_s = _WITHOUT_A_JOB_S if kind is ScheduleKind.RECONCILE else _SHORTEST_S
    if not shortest_s <= every_s <= _LONGEST_S:
        raise ConfigError(
            f"--every {every_s:g} s: {stretch(shortest_s)} to ten years are possible for a {kind.value}"
        )


def read_instant(text: str, zone: str) -> datetime:
    """Return an instant; one that says no offset is read in the zone."""
    from musicai.services.schedules.timetable import read_zone

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as err:
        raise ConfigError(f"--at {text!r}: an instant is wanted, such as 2026-12-24T18:00") from err
    if instant.tzinfo is not None:
        return instant
    there = instant.replace(tzinfo=read_zone(zone))
    if there.astimezone(ZoneInfo("UTC")).astimezone(there.tzinfo).replace(tzinfo=None) != instant:
        raise ConfigError(f"--at {text}: the clocks of {zone} skip it, for they are put forward then")
    return there


def _zone_of_this_machine() -> str:
    import tzlocal

    try:
        # a TZ such as :/etc/localtime names no zone
        return tzlocal.get_localzone_name() or "UTC"
    except (LookupError, ValueError, OSError) as err:
        raise ConfigError(
            f"the time zone of this machine has no name ({err}): say one with --tz Europe/Rome"
        ) from err
