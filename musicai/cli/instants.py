"""Instants and stretches of time as people say them, and as they type them."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_TYPED = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def read_duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return the seconds of '6h', '90s' or '1d 12h'."""
    if value is None:
        return None
    text = value.strip().lower()
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text) or any(unit not in _TYPED for _, unit in parts):
        raise click.BadParameter(f"{value!r}: a number and s, m, h, d or w, such as 6h or 1d12h")
    return sum(float(number) * _TYPED[unit] for number, unit in parts)


def stretch(seconds: float) -> str:
    """Return '2 h 13 min', '4 d 1 h' or '12 s': the two largest units that say something."""
    left = round(abs(seconds))
    parts: list[tuple[int, str]] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"


def from_now(instant: datetime, moment: datetime) -> str:
    """Return 'in 2 h 13 min', '4 min ago' or 'now'."""
    seconds = (instant - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {stretch(seconds)}" if seconds > 0 else f"{stretch(seconds)} ago"


def local(instant: datetime) -> str:
    """Return an instant in the time zone of whoever reads it: 'Sun 2026-11-29 03:00'."""
    return _text(instant.astimezone())


def elsewhere(instant: datetime, zone: str) -> str:
    """Return an instant as the clocks of a zone show it; empty where the reader's show the same.

    Empty, too, where this machine does not know the zone: the scheduler may, and says so if not.
    """
    try:
        there = instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    if there.utcoffset() == instant.astimezone().utcoffset():
        return ""
    return f"{_text(there)} {zone}"


def _text(there: datetime) -> str:
    return f"{there:%a %Y-%m-%d %H:%M:%S}" if there.second else f"{there:%a %Y-%m-%d %H:%M}"
