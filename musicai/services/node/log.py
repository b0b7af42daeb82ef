"""The logs of services: bounded files, kept below the run folder."""

import os
import shutil
from pathlib import Path

_LONGEST = 10_000_000


def trim(log: Path) -> None:
    """Move a log that grew too long to ``NAME.1``; its writer appends, and goes on in the emptied file."""
    if log.exists() and log.stat().st_size > _LONGEST:
        shutil.copyfile(log, log.with_name(log.name + ".1"))
        os.truncate(log, 0)


def tail(log: Path, count: int = 12, longest: int = 20_000) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - longest))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError as err:
        return f"(no log: {err})"
    return "\n".join(lines[-count:])


def last_words(log: Path) -> str:
    """Return the line in which a service says why it ends; other lines follow it, and they say nothing."""
    said = [line for line in tail(log, 200).splitlines() if "CRITICAL" in line]
    return said[-1] if said else tail(log)
