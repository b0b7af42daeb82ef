"""Leases of what one process works on for long: until when others leave it alone, and who died over it."""

from datetime import datetime

from musicai.process import ProcessIdentity


def is_over(holder: str | None, until: datetime | None, moment: datetime) -> bool:
    """Whether others may take it: the lease ran out, or its holder is gone from this machine.

    Parameters
    ----------
    holder: what `ProcessIdentity.to_text` wrote; None when nobody works on it.
    until: the end of the lease; None without one.
    """
    if until is None or until < moment:
        return True
    return holder is not None and ProcessIdentity.from_text(holder).is_known_dead()


def holder_lives(holder: str | None) -> bool:
    """Whether the holder runs on this machine: its lease ran out while the machine slept."""
    return holder is not None and ProcessIdentity.from_text(holder).is_known_alive()
