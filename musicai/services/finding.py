"""What an examination says about one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    """Works, or is not needed now."""
    WARNING = "warning"
    """Works, but somebody should look."""
    FAULT = "fault"
    """Does not work; `musicai doctor` exits with 1."""


@dataclass(frozen=True)
class Finding:
    """One examined thing.

    Parameters
    ----------
    subject: what was examined.
    status: how bad it is.
    detail: what was found.
    advice: what to do about it; empty when there is nothing to do.
    """

    subject: str
    status: Status
    detail: str
    advice: str = ""


def ok(subject: str, detail: str) -> Finding:
    """Return a finding without worry."""
    return Finding(subject, Status.OK, detail)


def warning(subject: str, detail: str, advice: str) -> Finding:
    """Return a finding to look at."""
    return Finding(subject, Status.WARNING, detail, advice)


def fault(subject: str, detail: str, advice: str) -> Finding:
    """Return a finding to repair."""
    return Finding(subject, Status.FAULT, detail, advice)
