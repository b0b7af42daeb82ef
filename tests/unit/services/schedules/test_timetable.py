"""When schedules are due, above all on the days when the clock is put forward or back."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicai.errors import ConfigError
from musicai.services.schedules.timetable import COUNTED, Timetable


def instants(timetable: Timetable, after: str, count: int) -> list[str]:
    moment = datetime.fromisoformat(after).astimezone(UTC)
    found = []
    for _ in range(count):
        moment = timetable.next_after(moment, moment)
        assert moment is not None
        found.append(moment.astimezone(ZoneInfo(timetable.zone)).isoformat(timespec="minutes"))
    return found


TABLE = {
    "every Sunday, over the end of daylight saving": (
        ("0 3 * * sun", "Europe/Rome", "2026-10-20T00:00+02:00"),
        ["2026-10-25T03:00+01:00", "2026-11-01T03:00+01:00"],
    ),
    "in the hour that is skipped: at its end": (
        ("30 2 * * *", "Europe/Rome", "2026-03-28T02:00+01:00"),
        ["2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"],
    ),
    "in the hour that comes twice: once": (
        ("30 2 * * *", "Europe/Rome", "2026-10-24T12:00+02:00"),
        ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
    ),
    "asked between the two: it has been": (
        ("30 2 * * *", "Europe/Rome", "2026-10-25T02:10+01:00"),
        ["2026-10-26T02:30+01:00"],
    ),
    "hourly, over the hour that is skipped": (
        ("0 * * * *", "Europe/Rome", "2026-03-29T00:30+01:00"),
        ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"],
    ),
    "hourly, over the hour that comes twice": (
        ("0 * * * *", "Europe/Rome", "2026-10-25T01:30+02:00"),
        ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00"],
    ),
    "midnight that does not exist": (
        ("0 0 * * *", "America/Havana", "2026-03-07T12:00-05:00"),
        ["2026-03-08T01:00-04:00", "2026-03-09T00:00-04:00"],
    ),
    "a zone of three quarters": (
        ("0 3 * * *", "Asia/Kathmandu", "2026-01-01T00:00+05:45"),
        ["2026-01-01T03:00+05:45", "2026-01-02T03:00+05:45"],
    ),
    "a zone whose clock moves by half an hour": (
        ("15 3 * * *", "Australia/Lord_Howe", "2026-04-04T12:00+11:00"),
        ["2026-04-05T03:15+10:30", "2026-04-06T03:15+10:30"],
    ),
    "a day that was left out: at its end": (
        ("0 12 * * *", "Pacific/Apia", "2011-12-29T13:00-10:00"),
        ["2011-12-31T00:00+14:00", "2011-12-31T12:00+14:00"],
    ),
    "the 29th of February": (
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00+00:00"),
        ["2028-02-29T00:00+00:00"],
    ),
}


@pytest.mark.parametrize(("asked", "due"), TABLE.values(), ids=TABLE)
def test_cron(asked: tuple[str, str, str], due: list[str]) -> None:
    cron, zone, after = asked
    assert instants(Timetable(cron=cron, zone=zone), after, len(due)) == due


ZONES = (
    "UTC",
    "Europe/Rome",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kathmandu",
    "Africa/Casablanca",
)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 366 * 86_400).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(["*/20 * * * *", "7 * * * *", "0 */2 * * *"]))
def test_what_is_frequent_follows_the_time_that_passes(moment: datetime, zone: str, cron: str) -> None:
    timetable = Timetable(cron=cron, zone=zone)
    found = [moment]
    for _ in range(30):
        following = timetable.next_after(found[-1], found[-1])
        assert following is not None
        found.append(following)
    most = {"*/20": 20, "7": 60, "0": 180}[cron.split(maxsplit=1)[0]]
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) > timedelta(0)
    assert max(gaps) <= timedelta(minutes=most)


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59))
def test_what_names_an_hour_runs_once_a_day(moment: datetime, zone: str, hour: int, minute: int) -> None:
    timetable = Timetable(cron=f"{minute} {hour} * * *", zone=zone)
    first = timetable.next_after(moment, moment)
    assert first is not None
    second = timetable.next_after(first, first)
    assert second is not None
    days = [instant.astimezone(ZoneInfo(zone)).date() for instant in (first, second)]
    assert days[1] - days[0] == timedelta(days=1)
    assert timetable.passed(first, second) == (2, second)


@given(MOMENTS, st.floats(1, 1e7), st.floats(0, 1e8))
def test_intervals_keep_their_beat(known: datetime, every_s: float, later_s: float) -> None:
    timetable, moment = Timetable(every_s=every_s), known + timedelta(seconds=later_s)
    count, latest = timetable.passed(known, moment)
    following = timetable.next_after(latest, moment)
    assert following is not None
    step = timedelta(seconds=every_s)
    assert latest == known + (count - 1) * step
    assert latest <= moment < following <= moment + step


def test_one_instant_comes_once() -> None:
    at = datetime(2026, 12, 24, 18, tzinfo=UTC)
    timetable = Timetable(at=at)
    before = at - timedelta(days=1)
    assert timetable.first_after(before) == at
    assert timetable.passed(at, at + timedelta(days=3)) == (1, at)
    assert timetable.next_after(at, at) is None


def test_a_long_outage_is_not_counted_to_its_end() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    count, _ = Timetable(cron="* * * * *").passed(start, start + timedelta(days=365))
    assert count == COUNTED


@pytest.mark.parametrize(
    ("cron", "zone", "complaint"),
    [
        ("0 3 * *", "UTC", "five fields"),
        ("0 0 3 * * *", "UTC", "five fields"),
        ("@daily", "UTC", "five fields"),
        ("0 25 * * *", "UTC", "bad hour"),
        ("0 3 * * someday", "UTC", "bad day-of-week"),
        ("0 0 30 2 *", "UTC", "bad day-of-month"),
        ("0 3 * * *", "Europe/Atlantis", "no time zone 'Europe/Atlantis'"),
        ("0 3 * * *", "../../etc/passwd", "no time zone"),
        ("0 3 * * *", "", "no time zone"),
    ],
)
def test_what_cannot_be_read_is_named(cron: str, zone: str, complaint: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ConfigError, match=complaint):
        Timetable(cron=cron, zone=zone).next_after(moment, moment)
