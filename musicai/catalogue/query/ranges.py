"""Read the ends of a range: numbers, shares, durations and dates.

A single value means what it looks like when it is printed: ``confidence:0.8`` is everything shown as 0.80,
``length:3:45`` every track shown as 3:45, ``added:2026-11`` the whole month.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from musicai.catalogue.query.fields import Field, Kind

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DURATION = re.compile(r"((\d+):)?(\d+):(\d{1,2}(\.\d+)?)", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?)?)?", re.ASCII
)


End: TypeAlias = float | datetime | None


@dataclass(frozen=True)
class Span:
    """All values that one written value stands for: from `low` up to `high`, which is not in it."""

    exact: float | datetime
    low: float | datetime
    high: End


def read_span(field: Field, text: str) -> Span:
    """Read one value of a field; ValueError says what is wrong and what would be right."""
    return _READERS[field.kind](text)


def _number_span(text: str, decimals: int = 0) -> Span:
    """Return all that rounds to the number at the precision it is written with, or at a finer one."""
    value = _number(text)
    half = 0.5 * 10.0 ** -max(decimals, len(text.partition(".")[2]))
    return Span(value, value - half, value + half)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number; write 8 or 0.8")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("this number is too large")
    return value


def _share_span(text: str) -> Span:
    span = _number_span(text, decimals=2)
    if not 0 <= _number(text) <= 1:
        raise ValueError(f"{text} does not lie between 0 and 1; write 0.8 for 80 %")
    return span


def _whole_span(text: str) -> Span:
    value = _number(text)
    # half-open: the next number there is
    return Span(value, value, math.nextafter(value, math.inf))


def _duration_span(text: str) -> Span:
    match = _DURATION.fullmatch(text)
    if match is None:
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{text!r} is not a duration; write seconds, m:ss or h:mm:ss")
        return _number_span(text)
    _, hours, minutes, seconds, _ = match.groups()
    if float(seconds) >= 60 or (hours and int(minutes) >= 60):
        raise ValueError(f"{text!r} is not a duration: minutes and seconds end at 59")
    half = 0.5 * 10.0 ** -len(seconds.partition(".")[2])
    value = 3600 * _number(hours or "0") + 60 * _number(minutes) + float(seconds)
    return Span(value, value - half, value + half)


def _instant_span(text: str) -> Span:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date; write 2026, 2026-11, 2026-11-23 or 2026-11-23T18:30")
    given = [int(part) for part in match.groups() if part is not None]
    try:
        low = datetime(*_complete(given), tzinfo=UTC)
    except ValueError as err:
        raise ValueError(f"{text!r} is not a date: {err}") from err
    return Span(low, low, _following(low, len(given)))


def _complete(given: list[int]) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second = given + [0, 1, 1, 0, 0, 0][len(given) :]
    return year, month, day, hour, minute, second


def _following(start: datetime, precision: int) -> datetime | None:
    """Return where the year, month, day, minute or second that begins at `start` ends."""
    try:
        if precision == 1:
            return start.replace(year=start.year + 1)
        if precision == 2:
            return (start + timedelta(days=32)).replace(day=1)
        return start + {3: timedelta(days=1), 5: timedelta(minutes=1)}.get(precision, timedelta(seconds=1))
    except (ValueError, OverflowError):
        # the last year that can be written has no end
        return None


_READERS: dict[Kind, Callable[[str], Span]] = {
    Kind.SHARE: _share_span,
    Kind.WHOLE: _whole_span,
    Kind.DURATION: _duration_span,
    Kind.INSTANT: _instant_span,
}
